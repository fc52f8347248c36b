with posted as (
    select
        fiscal_year,
        sum(amount) as amount
    from {{ ref('fct_ledger') }}
    where entry_kind = 'actual'
    group by fiscal_year
),

published as (
    select
        fiscal_year,
        sum(actual_amount) as amount
    from {{ ref('msr_budget_to_actual') }}
    group by fiscal_year
)

select
    coalesce(posted.fiscal_year, published.fiscal_year) as fiscal_year,
    posted.amount as ledger_amount,
    published.amount as published_amount
from posted
full outer join published on posted.fiscal_year = published.fiscal_year
where coalesce(posted.amount, 0) <> coalesce(published.amount, 0)
