with source as (
    select
        school_id,
        school_year,
        coalesce(
            sum(fte) filter (where job_group = 'all_staff' and race_group = 'total'),
            sum(fte) filter (where job_group = 'all_staff'),
            sum(fte) filter (where job_group <> 'all_staff' and race_group <> 'total')
        ) as fte
    from {{ ref('stg_state__staff_fte') }}
    where {{ is_current() }}
    group by school_id, school_year
),

published as (
    select
        school_id,
        school_year,
        sum(fte) as fte
    from {{ ref('fct_staff_fte') }}
    where source_kind = 'state'
    group by school_id, school_year
)

select
    published.school_id,
    published.school_year,
    source.fte as source_fte,
    published.fte as published_fte
from published
inner join source
    on
        published.school_id = source.school_id
        and published.school_year = source.school_year
where published.fte <> source.fte
