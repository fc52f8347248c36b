-- What became of the people of each organisation within a year. A person with posts at two schools counts
-- at both, and once in the network and the district; there whoever keeps one of the posts stays.
with person as (
    select
        org.org_kind,
        org.org_id,
        post.school_year,
        coalesce(post.job_group, 'all_staff') as job_group,
        post.staff_id,
        bool_or(post.is_kept) as is_kept
    from {{ ref('int_staffing__post') }} as post
    inner join {{ ref('int_core__org_school') }} as org
        on post.school_id = org.school_id and post.school_year = org.school_year
    group by
        grouping sets (
            (org.org_kind, org.org_id, post.school_year, post.job_group, post.staff_id),
            (org.org_kind, org.org_id, post.school_year, post.staff_id)
        )
),

counted as (
    select
        person.org_kind,
        person.org_id,
        person.school_year,
        person.job_group,
        coalesce(staff_year.race_group, 'all_groups') as race_group,
        count(*) as people,
        count(*) filter (where person.is_kept) as stayers,
        count(*) filter (where not person.is_kept and staff_year.outcome in ('stayer', 'mover')) as movers,
        count(*) filter (where not person.is_kept and staff_year.outcome = 'leaver') as leavers,
        count(*) filter (where staff_year.is_retirement) as retirements
    from person
    inner join {{ ref('int_staffing__staff_year') }} as staff_year
        on person.staff_id = staff_year.staff_id and person.school_year = staff_year.school_year
    group by
        grouping sets (
            (person.org_kind, person.org_id, person.school_year, person.job_group, staff_year.race_group),
            (person.org_kind, person.org_id, person.school_year, person.job_group)
        )
),

race as (
    {{ published_race_groups() }}
)

select
    whole.org_kind,
    whole.org_id,
    whole.school_year,
    base_year.base_on,
    base_year.is_over,
    whole.job_group,
    race.race_group,
    coalesce(counted.people, 0) as people,
    coalesce(counted.stayers, 0) as stayers,
    coalesce(counted.movers, 0) as movers,
    coalesce(counted.leavers, 0) as leavers,
    coalesce(counted.retirements, 0) as retirements
from counted as whole
inner join {{ ref('int_staffing__base_year') }} as base_year on whole.school_year = base_year.school_year
cross join race
left join counted
    on
        whole.org_kind = counted.org_kind
        and whole.org_id = counted.org_id
        and whole.school_year = counted.school_year
        and whole.job_group = counted.job_group
        and race.race_group = counted.race_group
where whole.race_group = 'all_groups'
