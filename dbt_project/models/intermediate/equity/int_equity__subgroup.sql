-- Every student outcome by the student's own school, year and group in one pass, then by every organisation
-- that holds the school. An outcome that nobody in the district had in a year was not recorded in it.
with by_school as (
    select
        outcome.school_id,
        outcome.school_year,
        student_subgroup.subgroup_kind,
        student_subgroup.subgroup,
        count(*) as students,
        count(*) filter (where outcome.actions > 0) as disciplined,
        count(*) filter (where outcome.suspensions > 0) as suspended,
        sum(outcome.actions) as actions,
        sum(outcome.suspensions) as suspensions,
        sum(outcome.suspension_days) as suspension_days,
        count(*) filter (where outcome.is_rated) as rated,
        count(*) filter (where outcome.is_chronic) as chronic,
        count(*) filter (where outcome.marks > 0) as marked,
        count(*) filter (where outcome.failing_marks > 0) as failed,
        count(*) filter (where outcome.is_swd) as swd,
        count(*) filter (where outcome.is_gifted) as gifted
    from {{ ref('int_equity__student_outcome') }} as outcome
    inner join {{ ref('int_core__student_subgroup') }} as student_subgroup
        on
            outcome.student_id = student_subgroup.student_id
            and outcome.school_year = student_subgroup.school_year
    group by
        outcome.school_id,
        outcome.school_year,
        student_subgroup.subgroup_kind,
        student_subgroup.subgroup
),

recorded as (
    select
        school_year,
        sum(actions) > 0 as has_discipline,
        sum(rated) > 0 as has_attendance,
        sum(marked) > 0 as has_marks,
        sum(swd) > 0 as has_swd,
        sum(gifted) > 0 as has_gifted
    from by_school
    where subgroup_kind = 'all'
    group by school_year
),

together as (
    {{ by_organisation("by_school") }}
),

summed as (
    select
        org_kind,
        org_id,
        school_year,
        subgroup_kind,
        subgroup,
        {% for name in [
            "students", "disciplined", "suspended", "actions", "suspensions", "rated", "chronic", "marked", "failed",
            "swd", "gifted"
        ] -%}
        cast(sum({{ name }}) as integer) as {{ name }},
        {% endfor -%}
        cast(sum(suspension_days) as numeric(12, 3)) as suspension_days
    from together
    group by org_kind, org_id, school_year, subgroup_kind, subgroup
)

select
    summed.*,
    recorded.has_discipline,
    recorded.has_attendance,
    recorded.has_marks,
    recorded.has_swd,
    recorded.has_gifted
from summed
inner join recorded on summed.school_year = recorded.school_year
