select
    {{ surrogate_key(["org_kind", "org_id", "school_year", "job_group"]) }} as k_time_to_fill,
    org_kind,
    org_id,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    job_group,
    cast({{ figure("median_days") }} as integer) as value,
    cast({{ figure("p90_days") }} as integer) as p90_days,
    cast(filled as integer) as numerator,
    cast(searches as integer) as denominator,
    cast(searches as integer) as n,
    cast(still_open as integer) as still_open,
    cast(withdrawn as integer) as withdrawn,
    cast(median_open_age_days as numeric(9, 1)) as median_open_age_days,
    cast(longest_open_age_days as integer) as longest_open_age_days,
    {{ as_of() }} as as_of,
    {{ figure_status("case when median_days is null then 'insufficient_n' else 'ok' end") }} as status
from {{ ref('int_staffing__time_to_fill') }}
