select
    {{ surrogate_key(["org_kind", "org_id", "school_year", "job_group", "race_group"]) }} as k_hiring_funnel,
    org_kind,
    org_id,
    school_year,
    job_group,
    race_group,
    cast(requisitions as integer) as requisitions,
    cast(applied as integer) as applied,
    {%- for before, after in hiring_steps() %}
    cast({{ after }} as integer) as {{ after }},
    cast(days_to_{{ after }} as numeric(9, 1)) as days_to_{{ after }},
    {%- endfor %}
    cast({{ figure(share("accepted", "applied")) }} as numeric(12, 10)) as value,
    cast(accepted as integer) as numerator,
    cast(applied as integer) as denominator,
    cast(applied as integer) as n,
    {{ as_of() }} as as_of,
    {{ figure_status("case when applied = 0 then 'insufficient_n' else 'ok' end") }} as status
from {{ ref('int_staffing__funnel') }}
where school_year is not null
