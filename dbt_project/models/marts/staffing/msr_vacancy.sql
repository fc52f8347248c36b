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
from {{ ref('int_staffing__vacancy') }}
