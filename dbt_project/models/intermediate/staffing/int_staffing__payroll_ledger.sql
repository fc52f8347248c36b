-- Payroll beside the ledger by account and month of posting: every account that pays anybody or a
-- position, from the first month of payroll on.
with payroll as (
    select
        account_code,
        fiscal_year,
        cast(date_trunc('month', posted_on) as date) as month_on,
        sum(amount) as amount
    from {{ ref('int_staffing__payroll') }}
    group by 1, 2, 3
),

salary_account as (
    select account_code from payroll
    union
    select account_code from {{ ref('int_staffing__position') }}
    where account_code is not null
),

ledger as (
    select
        line.account_code,
        line.fiscal_year,
        cast(date_trunc('month', line.posted_on) as date) as month_on,
        sum(line.amount) as amount
    from {{ ref('int_funding__ledger') }} as line
    inner join salary_account on line.account_code = salary_account.account_code
    where
        line.entry_kind = 'actual'
        and line.posted_on <= {{ as_of() }}
        and line.posted_on >= (select min(payroll.month_on) from payroll)
    group by 1, 2, 3
)

select
    account_code,
    fiscal_year,
    month_on,
    cast(coalesce(payroll.amount, 0) as numeric(14, 2)) as payroll_amount,
    cast(coalesce(ledger.amount, 0) as numeric(14, 2)) as ledger_amount
from payroll
full outer join ledger using (account_code, fiscal_year, month_on)
