select
    {{ surrogate_key(["ledger", "account_code", "fiscal_year"]) }} as k_account_year,
    {{ surrogate_key(["ledger", "account_code"]) }} as k_account,
    ledger,
    account_code,
    fiscal_year,
    budget_version,
    cast(budget_amount as numeric(14, 2)) as budget_amount,
    budget_on
from {{ ref('int_funding__budget') }}
