-- A line belongs to the account that the chart, a budget, a transfer or an encumbrance names, whatever the
-- source calls its ledger. Other lines belong to an account of their own set of books; where they carry
-- only segments, the account code is made of these.
with named_account as (
    select account_code from {{ ref('stg_finance__account') }}
    where {{ is_current() }}
    union
    select account_code from {{ ref('stg_finance__budget_line') }}
    where {{ is_current() }}
    union
    select account_code from {{ ref('stg_finance__budget_transfer') }}
    where {{ is_current() }}
    union
    select account_code from {{ ref('int_funding__encumbrance') }}
),

coded as (
    select
        ledger_line.*,
        coalesce(
            ledger_line.account_code,
            concat_ws(
                '.',
                ledger_line.fund,
                coalesce(ledger_line.function, '-'),
                coalesce(ledger_line.object, '-'),
                coalesce(ledger_line.program, '-'),
                coalesce(ledger_line.location, '-')
            )
        ) as full_code
    from {{ ref('stg_finance__ledger_line') }} as ledger_line
    where {{ is_current("ledger_line") }}
)

select
    coded.feed,
    coded.row_key,
    case
        when named_account.account_code is null then coalesce(coded.ledger, 'main')
        else 'main'
    end as ledger,
    coalesce(coded.ledger, 'main') as source_ledger,
    coded.full_code as account_code,
    coded.fiscal_year,
    coded.fund,
    coded.function,
    coded.object,
    coded.program,
    coded.location,
    coded.entry_kind,
    coded.amount,
    coded.posted_on,
    coded.journal,
    coded.reference
from coded
left join named_account on coded.full_code = named_account.account_code
