-- What of the budgeted positions of each organisation is vacant, on each day on which they are counted.
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
inner join {{ ref('int_core__org_school') }} as org
    on position_day.school_id = org.school_id and position_day.school_year = org.school_year
group by
    org.org_kind,
    org.org_id,
    position_day.counted,
    position_day.counted_on,
    position_day.school_year,
    rollup (position_day.job_group)
