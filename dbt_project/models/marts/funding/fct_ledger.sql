select
    {{ surrogate_key(["feed", "row_key"]) }} as k_ledger_line,
    {{ surrogate_key(["ledger", "account_code"]) }} as k_account,
    source_ledger as ledger,
    account_code,
    fiscal_year,
    fund,
    function,
    object,
    program,
    location,
    entry_kind,
    cast(amount as numeric(14, 2)) as amount,
    posted_on,
    journal,
    reference
from {{ ref('int_funding__ledger') }}
