with counted as (
    select
        org.org_kind,
        org.org_id,
        position_day.counted,
        position_day.counted_on,
        position_day.school_year,
        coalesce(position_day.job_group, 'all_staff') as job_group,
        count(*) as positions,
        count(*) filter (where position_day.vacant_fte > 0) as vacant_positions,
        sum(position_day.budgeted_fte) as budgeted_fte,
        sum(position_day.filled_fte) as filled_fte,
        sum(position_day.vacant_fte) as vacant_fte
    from {{ ref('int_staffing__position_day') }} as position_day
    inner join {{ ref('int_core__org_school') }} as org on position_day.school_id = org.school_id
    group by
        org.org_kind,
        org.org_id,
        position_day.counted,
        position_day.counted_on,
        position_day.school_year,
        rollup (position_day.job_group)
)

select
    {{ surrogate_key(["org_kind", "org_id", "counted", "counted_on", "job_group"]) }} as k_vacancy,
    org_kind,
    org_id,
    counted,
    counted_on,
    school_year,
    job_group,
    cast({{ figure(share("vacant_fte", "budgeted_fte")) }} as numeric(12, 10)) as value,
    cast(vacant_fte as numeric(9, 2)) as numerator,
    cast(budgeted_fte as numeric(9, 2)) as denominator,
    cast(positions as integer) as n,
    cast(vacant_positions as integer) as vacant_positions,
    cast(filled_fte as numeric(9, 2)) as filled_fte,
    {{ as_of() }} as as_of,
    {{ figure_status("case when budgeted_fte = 0 then 'insufficient_n' else 'ok' end") }} as status
from counted
