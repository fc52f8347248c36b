select
    {{ surrogate_key(["school_id", "school_year", "job_group", "race_group"]) }} as k_staff_fte,
    {{ surrogate_key(["school_id"]) }} as k_school,
    school_id,
    school_year,
    {{ staffing_base_on("school_year") }} as base_on,
    {{ year_ends_on("school_year") }} as year_ends_on,
    job_group,
    race_group,
    source_kind,
    fte,
    headcount
from {{ ref('int_staffing__fte') }}
