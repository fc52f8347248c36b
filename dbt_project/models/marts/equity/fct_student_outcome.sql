-- A kind of record that nobody in the district has in a year was not kept in it: nothing is known, not none.
with outcome as materialized (
    select
        {{ person_key(["student_id", "school_year"]) }} as k_student_year,
        student_outcome.*,
        bool_or(actions > 0) over same_year as has_discipline,
        bool_or(marks > 0) over same_year as has_marks,
        bool_or(is_swd) over same_year as has_swd,
        bool_or(is_gifted) over same_year as has_gifted
    from {{ ref('int_equity__student_outcome') }} as student_outcome
    window same_year as (partition by school_year)
)

select
    k_student_year as k_student_outcome,
    k_student_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    student_id,
    school_id,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    cast(case when has_discipline then actions end as integer) as actions,
    cast(case when has_discipline then suspensions end as integer) as suspensions,
    cast(case when has_discipline then suspension_days end as numeric(9, 3)) as suspension_days,
    cast(case when has_marks then marks end as integer) as marks,
    cast(case when has_marks then failing_marks end as integer) as failing_marks,
    case when has_swd then is_swd end as is_swd,
    case when has_gifted then is_gifted end as is_gifted
from outcome
