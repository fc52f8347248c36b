-- How long searches lasted, by organisation, job group and school year of their posting.
with search as (
    select
        org.org_kind,
        org.org_id,
        search.school_year,
        family.job_group,
        search.state,
        search.days_open
    from {{ ref('int_staffing__search') }} as search
    inner join {{ ref('int_core__org_school') }} as org
        on search.school_id = org.school_id and search.school_year = org.school_year
    cross join lateral (values (search.job_group), ('all_staff')) as family (job_group)
),

by_day as (
    select
        org_kind,
        org_id,
        school_year,
        job_group,
        days_open,
        count(*) filter (where state = 'filled') as filled,
        sum(count(*)) over (
            partition by org_kind, org_id, school_year, job_group
            order by days_open desc
        ) as at_risk
    from search
    group by org_kind, org_id, school_year, job_group, days_open
),

curve as (
    select
        *,
        {{ share_still_open("filled", "at_risk", "org_kind, org_id, school_year, job_group", "days_open") }}
            as open_share
    from by_day
),

-- The sum of logarithms of a share such as 1/2 may differ from it in the last digits.
quantile as (
    select
        org_kind,
        org_id,
        school_year,
        job_group,
        min(days_open) filter (where open_share <= 0.5 + 1e-9) as median_days,
        min(days_open) filter (where open_share <= 0.1 + 1e-9) as p90_days
    from curve
    group by org_kind, org_id, school_year, job_group
)

select
    search.org_kind,
    search.org_id,
    search.school_year,
    search.job_group,
    count(*) as searches,
    count(*) filter (where search.state = 'filled') as filled,
    count(*) filter (where search.state = 'open') as still_open,
    count(*) filter (where search.state = 'withdrawn') as withdrawn,
    percentile_cont(0.5) within group (
        order by case when search.state = 'open' then search.days_open end
    ) as median_open_age_days,
    max(search.days_open) filter (where search.state = 'open') as longest_open_age_days,
    min(quantile.median_days) as median_days,
    min(quantile.p90_days) as p90_days
from search
inner join quantile using (org_kind, org_id, school_year, job_group)
group by search.org_kind, search.org_id, search.school_year, search.job_group
