with shared as (
    select
        *,
        round({{ share("stayers", "people") }}, 10) as stayer_share,
        round({{ share("movers", "people") }}, 10) as mover_share
    from {{ ref('int_staffing__retention') }}
)

-- The leavers' share is what the other two leave over: rounded by itself, the three could miss 1 by a
-- digit.
select
    {{ surrogate_key(["org_kind", "org_id", "school_year", "job_group", "race_group", "outcome.outcome"]) }}
        as k_retention,
    org_kind,
    org_id,
    school_year,
    base_on,
    job_group,
    race_group,
    outcome.outcome,
    cast({{ figure("case when is_over then outcome.share end") }} as numeric(12, 10)) as value,
    cast(case when is_over then outcome.people end as integer) as numerator,
    cast(shared.people as integer) as denominator,
    cast(shared.people as integer) as n,
    cast(case when is_over then outcome.retirements end as integer) as retirements,
    {{ as_of() }} as as_of,
    {{ figure_status(
        "case when not is_over then 'not_collected' when shared.people = 0 then 'insufficient_n' else 'ok' end"
    ) }} as status
from shared
cross join lateral (
    values
    ('stayer', stayers, stayer_share, 0),
    ('mover', movers, mover_share, 0),
    ('leaver', leavers, 1 - stayer_share - mover_share, retirements)
) as outcome (outcome, people, share, retirements)
