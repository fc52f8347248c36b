-- Staff's and the state's records only add places that the directory does not know: offices where people
-- work, or where a position or a search is still waiting for somebody.
{{ config(meta={"optional_parents": [
    "stg_hr__staff_assignment", "stg_hr__position", "stg_hr__requisition", "stg_state__staff_fte"
]}) }}

with directory as (
    select
        school_id,
        network_id
    from {{ ref('int_core__school') }}
),

hr_place as (
    select school_id from {{ ref('stg_hr__staff_assignment') }}
    where {{ is_current() }}
    union
    select school_id from {{ ref('stg_hr__position') }}
    where {{ is_current() }}
    union
    select school_id from {{ ref('stg_hr__requisition') }}
    where {{ is_current() }}
),

office as (
    select school_id
    from hr_place
    where school_id not in (select directory.school_id from directory)
),

counted_by_state as (
    select distinct school_id
    from {{ ref('stg_state__staff_fte') }}
    where
        {{ is_current() }}
        and school_id not in (select school_id from directory)
        and school_id not in (select school_id from office)
)

select
    'school' as org_kind,
    school_id as org_id,
    school_id,
    true as is_in_directory
from directory
union all
select
    'network' as org_kind,
    network_id as org_id,
    school_id,
    true as is_in_directory
from directory
where network_id is not null
union all
select
    'district' as org_kind,
    'district' as org_id,
    school_id,
    true as is_in_directory
from directory
union all
select
    'school' as org_kind,
    school_id as org_id,
    school_id,
    false as is_in_directory
from office
union all
select
    'district' as org_kind,
    'district' as org_id,
    school_id,
    false as is_in_directory
from office
union all
select
    'school' as org_kind,
    school_id as org_id,
    school_id,
    false as is_in_directory
from counted_by_state
