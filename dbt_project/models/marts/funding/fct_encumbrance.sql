select
    {{ surrogate_key(["feed", "row_key"]) }} as k_encumbrance,
    {{ surrogate_key(["ledger", "account_code"]) }} as k_account,
    encumbrance_id,
    account_code,
    fiscal_year,
    cast(amount as numeric(14, 2)) as amount,
    posted_on
from {{ ref('int_funding__encumbrance') }}
