-- The earlier years of an account that are over and in which it spent: what it had spent by this day of the
-- year.
with account_year as (
    select
        *,
        {{ year_ends_on("fiscal_year") }} <= {{ as_of() }} and actual_amount > 0 as is_comparable
    from {{ ref('int_funding__account_year') }}
),

compared as (
    select
        *,
        sum(reached_amount) filter (where is_comparable) over earlier as earlier_reached,
        sum(actual_amount) filter (where is_comparable) over earlier as earlier_spent,
        count(*) filter (where is_comparable) over earlier as earlier_years
    from account_year
    window
        earlier as (
            partition by ledger, account_code order by fiscal_year
            rows between unbounded preceding and 1 preceding
        )
),

projected as (
    select
        *,
        {{ share("earlier_reached", "earlier_spent") }} as reached_share,
        case
            when {{ year_ends_on("fiscal_year") }} <= {{ as_of() }} then 'ok'
            when {{ year_begins_on("fiscal_year") }} > {{ as_of() }} or earlier_years = 0 then 'not_collected'
            when earlier_reached <= 0 then 'insufficient_n'
            else 'ok'
        end as projection_reason
    from compared
)

select
    {{ surrogate_key(["account_year.ledger", "account_year.account_code", "account_year.fiscal_year"]) }}
        as k_account_year,
    {{ surrogate_key(["account_year.ledger", "account_year.account_code"]) }} as k_account,
    {{ surrogate_key(["account.location"]) }} as k_school,
    account_year.ledger,
    account_year.account_code,
    account_year.fiscal_year,
    {{ year_ends_on("account_year.fiscal_year") }} as year_ends_on,
    coalesce(account.fund, 'unknown') as fund,
    coalesce(account.function, 'unknown') as function,
    coalesce(account.object, 'unknown') as object,
    coalesce(account.program, 'unknown') as program,
    coalesce(account.location, 'unknown') as location,
    account.service,
    coalesce(lock.lock_status, 'not_mapped') as lock_status,
    account_year.budget_version,
    cast(account_year.budget_amount as numeric(14, 2)) as budget_amount,
    cast(account_year.transfer_amount as numeric(14, 2)) as transfer_amount,
    cast(account_year.actual_amount as numeric(14, 2)) as actual_amount,
    cast(account_year.encumbered_amount as numeric(14, 2)) as encumbered_amount,
    cast(
        {{ figure(
            available(
                "account_year.budget_amount",
                "account_year.transfer_amount",
                "account_year.actual_amount",
                "account_year.encumbered_amount"
            )
        ) }} as numeric(14, 2)
    ) as available_amount,
    cast(
        {{ figure(
            share("account_year.actual_amount - account_year.budget_amount", "account_year.budget_amount")
        ) }}
        as numeric(14, 6)
    ) as variance_share,
    cast(account_year.earlier_years as integer) as projection_years,
    cast(account_year.reached_share as numeric(9, 6)) as reached_share,
    cast(
        {{ figure(
            projection("account_year.actual_amount", "account_year.reached_share", "account_year.fiscal_year")
        ) }}
        as numeric(14, 2)
    ) as projected_amount,
    cast(account_year.ledger_lines as integer) as ledger_lines,
    {{ as_of() }} as as_of,
    {{ figure_status(
        "case when account_year.budget_amount is null then 'not_collected'"
        ~ " when account_year.budget_amount = 0 then 'insufficient_n' else 'ok' end"
    ) }} as status,
    {{ figure_status("account_year.projection_reason") }} as projection_status
from projected as account_year
left join {{ ref('int_funding__account') }} as account
    on
        account_year.ledger = account.ledger
        and account_year.account_code = account.account_code
left join {{ ref('int_funding__service_lock') }} as lock
    on
        account.service = lock.service
        and account_year.fiscal_year = lock.fiscal_year
