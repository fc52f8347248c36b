select
    {{ surrogate_key(["ledger", "account_code"]) }} as k_account,
    ledger,
    account_code,
    fund,
    function,
    object,
    program,
    location,
    service,
    title,
    is_in_chart
from {{ ref('int_funding__account') }}
