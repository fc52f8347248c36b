-- Rows add up without counting anyone twice. A state publishes totals beside the groups: what a total holds
-- beyond its groups (staff of no listed job group, or the source's rounding) becomes a row `not_itemised`,
-- and the totals go.
with hr as (
    select
        school_id,
        school_year,
        job_group,
        race_group,
        sum(fte) as fte,
        count(distinct staff_id) as headcount
    from {{ ref('int_staffing__assignment') }}
    group by school_id, school_year, job_group, race_group
),

state as (
    select
        school_id,
        school_year,
        job_group,
        race_group,
        sum(fte) as fte
    from {{ ref('stg_state__staff_fte') }} as staff_fte
    where
        {{ is_current() }}
        and not exists (
            select 1 from hr
            where hr.school_id = staff_fte.school_id and hr.school_year = staff_fte.school_year
        )
    group by school_id, school_year, job_group, race_group
),

race_balance as (
    select
        school_id,
        school_year,
        job_group,
        'not_itemised' as race_group,
        sum(case when race_group = 'total' then fte else -fte end) as fte
    from state
    group by school_id, school_year, job_group
    having count(*) filter (where race_group = 'total') > 0
),

race_complete as (
    select * from state
    where race_group <> 'total'
    union all
    select * from race_balance
    where fte <> 0
),

job_balance as (
    select
        school_id,
        school_year,
        'not_itemised' as job_group,
        race_group,
        sum(case when job_group = 'all_staff' then fte else -fte end) as fte
    from race_complete
    where
        (school_id, school_year) in (
            select
                everyone.school_id,
                everyone.school_year
            from state as everyone
            where everyone.job_group = 'all_staff'
        )
    group by school_id, school_year, race_group
),

state_complete as (
    select * from race_complete
    where job_group <> 'all_staff'
    union all
    select * from job_balance
    where fte <> 0
)

select
    school_id,
    school_year,
    job_group,
    race_group,
    'hr' as source_kind,
    cast(fte as numeric(9, 2)) as fte,
    cast(headcount as integer) as headcount
from hr
union all
select
    school_id,
    school_year,
    job_group,
    race_group,
    'state' as source_kind,
    cast(fte as numeric(9, 2)) as fte,
    cast(null as integer) as headcount
from state_complete
