-- Budget, transfers, actual and encumbered dollars by account and fiscal year.
with budget as (
    select
        ledger,
        account_code,
        fiscal_year,
        budget_version,
        budget_amount,
        budget_on
    from {{ ref('int_funding__budget') }}
),

transfer as (
    -- A revised budget already holds the transfers that were posted before it.
    select
        'main' as ledger,
        budget_transfer.account_code,
        budget_transfer.fiscal_year,
        sum(budget_transfer.amount) as transfer_amount
    from {{ ref('stg_finance__budget_transfer') }} as budget_transfer
    left join budget
        on
            budget.ledger = 'main'
            and budget_transfer.account_code = budget.account_code
            and budget_transfer.fiscal_year = budget.fiscal_year
    where
        {{ is_current("budget_transfer") }}
        and (
            budget.budget_version is null
            or budget.budget_version <> 'revised'
            or budget_transfer.posted_on >= budget.budget_on
        )
    group by budget_transfer.account_code, budget_transfer.fiscal_year
),

actual as (
    select
        ledger,
        account_code,
        fiscal_year,
        sum(amount) as actual_amount,
        -- What was spent by the day of the year that the as-of day is of its own.
        sum(amount) filter (
            where
            posted_on - {{ year_begins_on("fiscal_year") }}
            <= {{ as_of() }} - {{ year_begins_on(school_year(as_of())) }}
        ) as reached_amount,
        count(*) as ledger_lines
    from {{ ref('int_funding__ledger') }}
    where entry_kind = 'actual'
    group by ledger, account_code, fiscal_year
),

open_commitment as (
    select
        ledger,
        account_code,
        fiscal_year,
        sum(amount) as encumbered_amount
    from {{ ref('int_funding__encumbrance') }}
    group by ledger, account_code, fiscal_year
),

commitment_entry as (
    select
        ledger,
        account_code,
        fiscal_year,
        sum(amount) as encumbered_amount
    from {{ ref('int_funding__ledger') }}
    where
        entry_kind = 'encumbrance'
        and fiscal_year not in (select open_commitment.fiscal_year from open_commitment)
    group by ledger, account_code, fiscal_year
),

encumbrance as (
    select * from open_commitment
    union all
    select * from commitment_entry
),

account_year as (
    select
        ledger,
        account_code,
        fiscal_year
    from budget
    union
    select
        ledger,
        account_code,
        fiscal_year
    from transfer
    union
    select
        ledger,
        account_code,
        fiscal_year
    from actual
    union
    select
        ledger,
        account_code,
        fiscal_year
    from encumbrance
)

select
    account_year.ledger,
    account_year.account_code,
    account_year.fiscal_year,
    budget.budget_version,
    budget.budget_amount,
    cast(coalesce(transfer.transfer_amount, 0) as numeric(14, 2)) as transfer_amount,
    cast(coalesce(actual.actual_amount, 0) as numeric(14, 2)) as actual_amount,
    cast(coalesce(actual.reached_amount, 0) as numeric(14, 2)) as reached_amount,
    coalesce(actual.ledger_lines, 0) as ledger_lines,
    cast(coalesce(encumbrance.encumbered_amount, 0) as numeric(14, 2)) as encumbered_amount
from account_year
left join budget using (ledger, account_code, fiscal_year)
left join transfer using (ledger, account_code, fiscal_year)
left join actual using (ledger, account_code, fiscal_year)
left join encumbrance using (ledger, account_code, fiscal_year)
