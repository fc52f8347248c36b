-- Staff and students side by side by race group. A state that pools small groups as "other" for staff
-- has the students of those groups pooled likewise, so that the two can be compared.
with org_year as (
    select
        org_kind,
        org_id,
        school_year,
        bool_or(race_group = 'other') as is_folded
    from {{ ref('int_staffing__org_fte') }}
    group by org_kind, org_id, school_year
),

staff as (
    select
        fte.org_kind,
        fte.org_id,
        fte.school_year,
        fte.job_group,
        case when org_year.is_folded then race_group.folded_group else fte.race_group end as race_group,
        sum(fte.fte) as fte
    from {{ ref('int_staffing__org_fte') }} as fte
    inner join org_year
        on
            fte.org_kind = org_year.org_kind
            and fte.org_id = org_year.org_id
            and fte.school_year = org_year.school_year
    inner join {{ ref('race_group') }} as race_group
        on fte.race_group = race_group.race_group
    where fte.race_group not in ('unknown', 'not_itemised')
    group by 1, 2, 3, 4, 5
),

student as (
    select
        org_year.org_kind,
        org_year.org_id,
        org_year.school_year,
        case when org_year.is_folded then race_group.folded_group else student_count.race_group end
            as race_group,
        sum(student_count.students) as students
    from org_year
    inner join {{ ref('int_core__org_school') }} as org
        on
            org_year.org_kind = org.org_kind
            and org_year.org_id = org.org_id
            and org_year.school_year = org.school_year
    inner join {{ ref('int_staffing__student_count') }} as student_count
        on
            org.school_id = student_count.school_id
            and org_year.school_year = student_count.school_year
    inner join {{ ref('race_group') }} as race_group
        on student_count.race_group = race_group.race_group
    where student_count.race_group not in ('unknown', 'not_itemised')
    group by 1, 2, 3, 4
),

job as (
    select distinct
        org_kind,
        org_id,
        school_year,
        job_group
    from {{ ref('int_staffing__org_fte') }}
),

pair as (
    select
        job.org_kind,
        job.org_id,
        job.school_year,
        job.job_group,
        student.race_group
    from job
    inner join student
        on
            job.org_kind = student.org_kind
            and job.org_id = student.org_id
            and job.school_year = student.school_year
    union
    select
        org_kind,
        org_id,
        school_year,
        job_group,
        race_group
    from staff
)

select
    pair.org_kind,
    pair.org_id,
    pair.school_year,
    pair.job_group,
    pair.race_group,
    coalesce(staff.fte, 0) as fte,
    coalesce(student.students, 0) as students,
    sum(coalesce(staff.fte, 0)) over job_total as known_fte,
    sum(coalesce(student.students, 0)) over job_total as known_students
from pair
left join staff
    on
        pair.org_kind = staff.org_kind
        and pair.org_id = staff.org_id
        and pair.school_year = staff.school_year
        and pair.job_group = staff.job_group
        and pair.race_group = staff.race_group
left join student
    on
        pair.org_kind = student.org_kind
        and pair.org_id = student.org_id
        and pair.school_year = student.school_year
        and pair.race_group = student.race_group
window
    job_total as (partition by pair.org_kind, pair.org_id, pair.school_year, pair.job_group)
