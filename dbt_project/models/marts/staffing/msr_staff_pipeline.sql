with in_post as (
    select
        org.org_kind,
        org.org_id,
        assignment.school_year,
        assignment.staff_id,
        assignment.race_group,
        bool_or(assignment.job_group in ('school_leader', 'district_leader')) as is_leader
    from {{ ref('int_staffing__assignment') }} as assignment
    inner join {{ ref('int_staffing__base_year') }} as base_year
        on assignment.school_year = base_year.school_year
    inner join {{ ref('int_core__org_school') }} as org
        on assignment.school_id = org.school_id and assignment.school_year = org.school_year
    where org.org_kind <> 'school'
    group by 1, 2, 3, 4, 5
),

rung as (
    select
        funnel.org_kind,
        funnel.org_id,
        funnel.school_year,
        rung.rung,
        funnel.race_group,
        rung.people
    from {{ ref('int_staffing__funnel') }} as funnel
    cross join
        lateral (
            values ('applicant', funnel.applied), ('hired', funnel.accepted)
        ) as rung (rung, people)
    where
        funnel.org_kind <> 'school'
        and funnel.job_group = 'all_staff'
        and funnel.school_year is not null
        and funnel.race_group <> 'all_groups'
    union all
    select
        in_post.org_kind,
        in_post.org_id,
        in_post.school_year,
        rung.rung,
        race_group.race_group,
        count(*) filter (
            where in_post.race_group = race_group.race_group and (rung.rung = 'in_post' or in_post.is_leader)
        ) as people
    from in_post
    cross join (values ('in_post'), ('leader')) as rung (rung)
    cross join {{ ref('race_group') }} as race_group
    where race_group.is_diversity_group or race_group.race_group = 'unknown'
    group by 1, 2, 3, 4, 5
),

-- People who are in a job group on a base date and were not a year before, with where they came from.
newcomer as (
    select
        staff_year.school_year,
        staff_year.job_group,
        coalesce(staff_year.job_group_before, 'outside') as from_job_group,
        coalesce(staff_year.race_group, 'all_groups') as race_group,
        count(*) as people
    from {{ ref('int_staffing__staff_year') }} as staff_year
    where
        staff_year.school_year > (
            select min(base_year.school_year) from {{ ref('int_staffing__base_year') }} as base_year
        )
        and staff_year.job_group_before is distinct from staff_year.job_group
    group by
        staff_year.school_year,
        staff_year.job_group,
        coalesce(staff_year.job_group_before, 'outside'),
        rollup (staff_year.race_group)
),

part as (
    select
        'ladder' as part,
        org_kind,
        org_id,
        school_year,
        rung,
        cast(null as text) as from_job_group,
        race_group,
        people,
        sum(people) over (partition by org_kind, org_id, school_year, rung) as total
    from rung
    union all
    select
        'feeder' as part,
        'district' as org_kind,
        'district' as org_id,
        school_year,
        job_group as rung,
        from_job_group,
        race_group,
        people,
        sum(people) over (partition by school_year, job_group, race_group) as total
    from newcomer
)

select
    {{ surrogate_key(["part", "org_kind", "org_id", "school_year", "rung", "from_job_group", "race_group"]) }}
        as k_staff_pipeline,
    part,
    org_kind,
    org_id,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    rung,
    from_job_group,
    race_group,
    cast({{ figure(share("people", "total")) }} as numeric(12, 10)) as value,
    cast(people as integer) as numerator,
    cast(total as integer) as denominator,
    cast(total as integer) as n,
    {{ as_of() }} as as_of,
    {{ figure_status("case when total = 0 then 'insufficient_n' else 'ok' end") }} as status
from part
