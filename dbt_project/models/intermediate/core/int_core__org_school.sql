-- Staff's and the state's records only add places that the directory does not know.
{{ config(meta={"optional_parents": ["stg_hr__staff_assignment", "stg_state__staff_fte"]}) }}

with directory as (
    select
        school_id,
        network_id
    from {{ ref('int_core__school') }}
),

office as (
    select distinct school_id
    from {{ ref('stg_hr__staff_assignment') }}
    where {{ is_current() }} and school_id not in (select school_id from directory)
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
