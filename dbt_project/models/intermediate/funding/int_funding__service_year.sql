-- Budget dollars of each service by location and fiscal year; transfers move them, spending does not.
select
    account.location,
    account_year.fiscal_year,
    account.service,
    lock.lock_status,
    sum(coalesce(account_year.budget_amount, 0) + account_year.transfer_amount) as budget_amount
from {{ ref('int_funding__account_year') }} as account_year
inner join {{ ref('int_funding__account') }} as account
    on
        account_year.ledger = account.ledger
        and account_year.account_code = account.account_code
left join {{ ref('int_funding__service_lock') }} as lock
    on
        account.service = lock.service
        and account_year.fiscal_year = lock.fiscal_year
where account.service is not null
group by account.location, account_year.fiscal_year, account.service, lock.lock_status
