-- The lock that holds for a budget service on the first day of each fiscal year.
select distinct
    account.service,
    account_year.fiscal_year,
    lock.lock_status
from {{ ref('int_funding__account_year') }} as account_year
inner join {{ ref('int_funding__account') }} as account
    on
        account_year.ledger = account.ledger
        and account_year.account_code = account.account_code
inner join {{ ref('budget_service') }} as lock
    on
        account.service = lock.service
        and lock.valid_from <= {{ year_begins_on("account_year.fiscal_year") }}
        and (lock.valid_to is null or lock.valid_to >= {{ year_begins_on("account_year.fiscal_year") }})
