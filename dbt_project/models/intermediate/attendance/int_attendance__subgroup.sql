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

-- Every student counts in the district, also one whose school is missing from the directory.
placed as (
    select
        org_kind,
        org_id,
        school_id
    from {{ ref('int_core__org_school') }}
    where org_kind in ('school', 'network')
    union
    select
        'school' as org_kind,
        school_id as org_id,
        school_id
    from by_school
    where school_id is not null
),

together as (
    select
        placed.org_kind,
        placed.org_id,
        by_school.*
    from by_school
    inner join placed on by_school.school_id = placed.school_id
    union all
    select
        'district' as org_kind,
        'district' as org_id,
        by_school.*
    from by_school
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
