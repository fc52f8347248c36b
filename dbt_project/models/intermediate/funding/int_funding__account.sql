-- The chart of accounts, and the accounts that only the ledger knows.
with chart as (
    select distinct on (account_code)
        'main' as ledger,
        account_code,
        fund,
        function,
        object,
        program,
        location,
        service,
        title,
        true as is_in_chart
    from {{ ref('stg_finance__account') }}
    where {{ is_current() }}
    order by account_code, known_on desc, feed
),

posted as (
    select distinct on (ledger, account_code)
        ledger,
        account_code,
        fund,
        function,
        object,
        program,
        location
    from {{ ref('int_funding__ledger') }}
    order by ledger, account_code, posted_on desc, row_key
),

budgeted as (
    select account_code from {{ ref('stg_finance__budget_line') }}
    where {{ is_current() }}
    union
    select account_code from {{ ref('stg_finance__budget_transfer') }}
    where {{ is_current() }}
    union
    select account_code from {{ ref('int_funding__encumbrance') }}
)

select * from chart
union all
select
    posted.ledger,
    posted.account_code,
    posted.fund,
    posted.function,
    posted.object,
    posted.program,
    posted.location,
    cast(null as text) as service,
    cast(null as text) as title,
    false as is_in_chart
from posted
left join chart on posted.ledger = chart.ledger and posted.account_code = chart.account_code
where chart.account_code is null
union all
select
    'main' as ledger,
    budgeted.account_code,
    cast(null as text) as fund,
    cast(null as text) as function,
    cast(null as text) as object,
    cast(null as text) as program,
    cast(null as text) as location,
    cast(null as text) as service,
    cast(null as text) as title,
    false as is_in_chart
from budgeted
where
    not exists (
        select 1 from chart
        where chart.account_code = budgeted.account_code
    )
    and not exists (
        select 1 from posted
        where posted.ledger = 'main' and posted.account_code = budgeted.account_code
    )
