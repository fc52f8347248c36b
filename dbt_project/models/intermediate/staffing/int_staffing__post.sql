-- The posts of the people who are there on a base date: a school and a job group, whatever the assignments in
-- it. A post is kept when the person holds it on the next base date too.
select
    assignment.staff_id,
    assignment.school_year,
    assignment.school_id,
    assignment.job_group,
    assignment.race_group,
    sum(assignment.fte) as fte,
    coalesce(
        lead(assignment.school_year) over (
            partition by assignment.staff_id, assignment.school_id, assignment.job_group
            order by assignment.school_year
        ) = assignment.school_year + 1,
        false
    ) as is_kept
from {{ ref('int_staffing__assignment') }} as assignment
inner join {{ ref('int_staffing__base_year') }} as base_year
    on assignment.school_year = base_year.school_year
group by 1, 2, 3, 4, 5
