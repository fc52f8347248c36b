-- Sums by school's own students first, then by every organisation that holds the school.
with by_school as (
    select
        student_year.school_id,
        student_year.school_year,
        student_subgroup.subgroup_kind,
        student_subgroup.subgroup,
        count(*) as students,
        count(*) filter (where student_year.is_rated) as rated,
        count(*) filter (where student_year.is_chronic) as chronic,
        sum(student_year.enrolled_days) as enrolled_days,
        sum(student_year.scheduled_days) as scheduled_days,
        sum(student_year.days_absent) as days_absent
    from {{ ref('int_attendance__student_year') }} as student_year
    inner join {{ ref('int_core__student_subgroup') }} as student_subgroup
        on
            student_year.student_id = student_subgroup.student_id
            and student_year.school_year = student_subgroup.school_year
    group by
        student_year.school_id,
        student_year.school_year,
        student_subgroup.subgroup_kind,
        student_subgroup.subgroup
),

together as (
    {{ by_organisation("by_school") }}
)

select
    org_kind,
    org_id,
    school_year,
    subgroup_kind,
    subgroup,
    cast(sum(students) as integer) as students,
    cast(sum(rated) as integer) as rated,
    cast(sum(chronic) as integer) as chronic,
    cast(sum(enrolled_days) as bigint) as enrolled_days,
    cast(sum(scheduled_days) as bigint) as scheduled_days,
    cast(sum(days_absent) as numeric(12, 1)) as days_absent
from together
group by org_kind, org_id, school_year, subgroup_kind, subgroup
