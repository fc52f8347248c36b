with landed as (
    select
        fund,
        sum(amount) as amount
    from {{ ref('stg_finance__ledger_line') }}
    where {{ is_current() }}
    group by fund
),

published as (
    select
        fund,
        sum(amount) as amount
    from {{ ref('fct_ledger') }}
    group by fund
)

select
    coalesce(landed.fund, published.fund) as fund,
    landed.amount as landed_amount,
    published.amount as published_amount
from landed
full outer join published on landed.fund = published.fund
where landed.amount is distinct from published.amount
