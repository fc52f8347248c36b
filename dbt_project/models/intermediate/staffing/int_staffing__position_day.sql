-- Each budgeted position on the days on which positions are counted, with who fills it. Somebody on leave
-- fills it too.
with counted_day as (
    select
        'base_date' as counted,
        base_on as counted_on,
        school_year
    from {{ ref('int_staffing__base_year') }}
    union all
    select
        'as_of' as counted,
        {{ as_of() }} as counted_on,
        {{ school_year(as_of()) }} as school_year
),

filled as (
    select
        counted_day.counted,
        counted_day.counted_on,
        spell.position_id,
        sum(spell.fte) as fte,
        count(distinct spell.staff_id) as people
    from {{ ref('int_staffing__spell') }} as spell
    inner join counted_day
        on
            spell.begins_on <= counted_day.counted_on
            and (spell.ends_on is null or spell.ends_on >= counted_day.counted_on)
    group by 1, 2, 3
)

select
    position.position_id,
    counted_day.counted,
    counted_day.counted_on,
    counted_day.school_year,
    position.school_id,
    position.job_group,
    position.title,
    position.account_code,
    position.budgeted_fte,
    cast(coalesce(filled.fte, 0) as numeric(9, 2)) as filled_fte,
    coalesce(filled.people, 0) as people,
    cast(greatest(position.budgeted_fte - coalesce(filled.fte, 0), 0) as numeric(9, 2)) as vacant_fte
from {{ ref('int_staffing__position') }} as position
inner join counted_day
    on
        position.opened_on <= counted_day.counted_on
        and (position.closed_on is null or position.closed_on >= counted_day.counted_on)
left join filled
    on
        position.position_id = filled.position_id
        and counted_day.counted = filled.counted
        and counted_day.counted_on = filled.counted_on
