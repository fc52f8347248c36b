{{ config(materialized="view") }}

-- Commitments that are still open on the as-of day. They name accounts of the chart, as budgets do.
select
    'main' as ledger,
    encumbrance_id,
    account_code,
    fiscal_year,
    amount,
    posted_on,
    feed,
    row_key
from {{ ref('stg_finance__encumbrance') }}
where {{ is_current() }}
