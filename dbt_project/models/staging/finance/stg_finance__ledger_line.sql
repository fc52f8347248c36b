select
    account_code,
    ledger,
    fiscal_year,
    fund,
    function,
    object,
    program,
    location,
    entry_kind,
    amount,
    posted_on,
    journal,
    reference,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('finance', 'finance_ledger_line') }}
