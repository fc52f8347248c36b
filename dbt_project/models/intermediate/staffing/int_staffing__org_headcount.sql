-- A person with two assignments is one person, in the organisation and in the job group.
select
    org.org_kind,
    org.org_id,
    assignment.school_year,
    coalesce(assignment.job_group, 'all_staff') as job_group,
    count(distinct assignment.staff_id) as headcount
from {{ ref('int_staffing__assignment') }} as assignment
inner join {{ ref('int_core__org_school') }} as org
    on assignment.school_id = org.school_id and assignment.school_year = org.school_year
group by grouping sets (
    (org.org_kind, org.org_id, assignment.school_year, assignment.job_group),
    (org.org_kind, org.org_id, assignment.school_year)
)
