-- The budget in force: revised before adopted before proposed. Years without budget lines take the budget
-- entries of the ledger itself.
with line as (
    select distinct on (account_code, fiscal_year)
        account_code,
        fiscal_year,
        version,
        amount,
        posted_on
    from {{ ref('stg_finance__budget_line') }}
    where {{ is_current() }}
    order by
        account_code,
        fiscal_year,
        case version when 'revised' then 1 when 'adopted' then 2 else 3 end,
        known_on desc,
        feed
),

entry as (
    select
        ledger,
        account_code,
        fiscal_year,
        sum(amount) as amount
    from {{ ref('int_funding__ledger') }}
    where
        entry_kind = 'budget'
        and fiscal_year not in (select line.fiscal_year from line)
    group by ledger, account_code, fiscal_year
)

select
    'main' as ledger,
    account_code,
    fiscal_year,
    version as budget_version,
    cast(amount as numeric(14, 2)) as budget_amount,
    posted_on as budget_on
from line
union all
select
    ledger,
    account_code,
    fiscal_year,
    'ledger' as budget_version,
    cast(amount as numeric(14, 2)) as budget_amount,
    cast(null as date) as budget_on
from entry
