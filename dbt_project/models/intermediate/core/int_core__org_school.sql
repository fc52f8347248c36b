-- Which schools and offices each organisation holds in every school year: a network those that were in it
-- on the last day of the year, or are on the as-of day while it lasts. Staff's and the state's records
-- only add places that the directory does not know: offices where people work, or where a position or a
-- search is still waiting for somebody. Without the newest autonomies a school is in the network that was
-- last known.
{{ config(meta={"optional_parents": [
    "stg_hr__staff_assignment", "stg_hr__position", "stg_hr__requisition", "stg_state__staff_fte",
    "int_core__school_network"
]}) }}

with directory as (
    select school_id from {{ ref('int_core__school') }}
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
),

place as (
    select
        school_id,
        true as is_in_directory,
        true as is_of_district
    from directory
    union all
    select
        school_id,
        false as is_in_directory,
        true as is_of_district
    from office
    union all
    select
        school_id,
        false as is_in_directory,
        false as is_of_district
    from counted_by_state
),

calendar as (
    select distinct {{ school_year("on_date") }} as school_year
    from {{ ref('int_core__date') }}
    union
    select {{ school_year(as_of()) }} as school_year
)

select
    'school' as org_kind,
    place.school_id as org_id,
    place.school_id,
    calendar.school_year,
    place.is_in_directory
from place
cross join calendar
union all
select
    'district' as org_kind,
    'district' as org_id,
    place.school_id,
    calendar.school_year,
    place.is_in_directory
from place
cross join calendar
where place.is_of_district
union all
select
    'network' as org_kind,
    network.network_id as org_id,
    network.school_id,
    calendar.school_year,
    true as is_in_directory
from {{ ref('int_core__school_network') }} as network
inner join directory on network.school_id = directory.school_id
inner join calendar
    on
        network.valid_from <= {{ membership_on("calendar.school_year") }}
        and (network.valid_to is null or network.valid_to >= {{ membership_on("calendar.school_year") }})
