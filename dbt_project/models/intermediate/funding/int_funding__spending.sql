-- Budgeted and actual dollars by location, fund, function and budget service. Actual dollars carry the
-- segments of their own ledger line, so that every fund adds up to its ledger; the service is that of the
-- account.
with actual as (
    select
        ledger.fiscal_year,
        ledger.location,
        ledger.fund,
        ledger.function,
        account.service,
        sum(ledger.amount) as actual_amount,
        cast(0 as numeric) as budget_amount
    from {{ ref('int_funding__ledger') }} as ledger
    left join {{ ref('int_funding__account') }} as account
        on
            ledger.ledger = account.ledger
            and ledger.account_code = account.account_code
    where ledger.entry_kind = 'actual'
    group by ledger.fiscal_year, ledger.location, ledger.fund, ledger.function, account.service
),

budgeted as (
    select
        account_year.fiscal_year,
        account.location,
        account.fund,
        account.function,
        account.service,
        cast(0 as numeric) as actual_amount,
        sum(coalesce(account_year.budget_amount, 0) + account_year.transfer_amount) as budget_amount
    from {{ ref('int_funding__account_year') }} as account_year
    left join {{ ref('int_funding__account') }} as account
        on
            account_year.ledger = account.ledger
            and account_year.account_code = account.account_code
    where account_year.budget_amount is not null or account_year.transfer_amount <> 0
    group by account_year.fiscal_year, account.location, account.fund, account.function, account.service
),

both_kinds as (
    select * from actual
    union all
    select * from budgeted
),

together as (
    select
        fiscal_year,
        coalesce(location, 'unknown') as location,
        coalesce(fund, 'unknown') as fund,
        coalesce(function, 'unknown') as function,
        service,
        sum(actual_amount) as actual_amount,
        sum(budget_amount) as budget_amount
    from both_kinds
    group by 1, 2, 3, 4, 5
)

select
    together.fiscal_year,
    together.location,
    school.school_id is not null as is_school,
    together.fund,
    together.function,
    together.service,
    lock.lock_status,
    cast(together.actual_amount as numeric(14, 2)) as actual_amount,
    cast(together.budget_amount as numeric(14, 2)) as budget_amount
from together
left join {{ ref('int_core__school') }} as school on together.location = school.school_id
left join {{ ref('int_funding__service_lock') }} as lock
    on
        together.service = lock.service
        and together.fiscal_year = lock.fiscal_year
