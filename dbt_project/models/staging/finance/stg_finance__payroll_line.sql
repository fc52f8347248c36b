select
    staff_id,
    position_id,
    account_code,
    fiscal_year,
    pay_run,
    period_ends_on,
    fte,
    amount,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('finance', 'finance_payroll_line') }}
