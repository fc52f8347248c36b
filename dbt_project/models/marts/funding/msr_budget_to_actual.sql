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
            "coalesce(account_year.budget_amount, 0) + account_year.transfer_amount"
            ~ " - account_year.actual_amount - account_year.encumbered_amount"
        ) }} as numeric(14, 2)
    ) as available_amount,
    cast(
        {{ figure(
            share("account_year.actual_amount - account_year.budget_amount", "account_year.budget_amount")
        ) }}
        as numeric(14, 6)
    ) as variance_share,
    cast(account_year.ledger_lines as integer) as ledger_lines,
    {{ as_of() }} as as_of,
    {{ figure_status(
        "case when account_year.budget_amount is null then 'not_collected'"
        ~ " when account_year.budget_amount = 0 then 'insufficient_n' else 'ok' end"
    ) }} as status
from {{ ref('int_funding__account_year') }} as account_year
left join {{ ref('int_funding__account') }} as account
    on
        account_year.ledger = account.ledger
        and account_year.account_code = account.account_code
left join {{ ref('int_funding__service_lock') }} as lock
    on
        account.service = lock.service
        and account_year.fiscal_year = lock.fiscal_year
