-- A student is in a dozen subgroups, and a pseudonym costs more than all the rest of a row.
with student_year as materialized (
    select
        {{ person_key(["student_id", "school_year"]) }} as k_student_year,
        student_id,
        school_id,
        school_year,
        is_rated,
        is_chronic
    from {{ ref('int_attendance__student_year') }}
    where scheduled_days > 0
)

select
    {{ surrogate_key(["student_year.k_student_year", "subgroup.subgroup_kind", "subgroup.subgroup"]) }}
        as k_student_year_subgroup,
    student_year.k_student_year,
    {{ surrogate_key(["student_year.school_id"]) }} as k_school,
    student_year.school_year,
    {{ year_ends_on("student_year.school_year") }} as year_ends_on,
    subgroup.subgroup_kind,
    subgroup.subgroup,
    student_year.is_rated,
    student_year.is_chronic
from student_year
inner join {{ ref('int_core__student_subgroup') }} as subgroup
    on
        student_year.student_id = subgroup.student_id
        and student_year.school_year = subgroup.school_year
