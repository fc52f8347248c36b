select
    {{ surrogate_key(["position_id", "counted", "counted_on"]) }} as k_position_day,
    {{ surrogate_key(["school_id"]) }} as k_school,
    position_id,
    counted,
    counted_on,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    school_id,
    job_group,
    title,
    account_code,
    cast(budgeted_fte as numeric(9, 2)) as budgeted_fte,
    cast(filled_fte as numeric(9, 2)) as filled_fte,
    cast(vacant_fte as numeric(9, 2)) as vacant_fte,
    cast(people as integer) as people,
    vacant_fte > 0 as is_vacant
from {{ ref('int_staffing__position_day') }}
