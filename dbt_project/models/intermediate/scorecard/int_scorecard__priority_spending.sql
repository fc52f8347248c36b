-- Each priority beside the accounts of its school that hold the services or functions it names; an
-- account that two of them name counts once.
with priority as (
    select distinct on (school_id, fiscal_year, priority, moves_kind, moves)
        school_id,
        fiscal_year,
        priority,
        moves_kind,
        moves,
        planned_amount
    from {{ ref('stg_plans__school_priority') }}
    where {{ is_current() }}
    order by school_id, fiscal_year, priority, moves_kind, moves, known_on desc, feed
),

planned as (
    select
        school_id,
        fiscal_year,
        priority,
        string_agg(moves_kind || ' ' || moves, ', ' order by moves_kind, moves) as moves,
        sum(planned_amount) as planned_amount
    from priority
    group by school_id, fiscal_year, priority
),

named_account as (
    select distinct
        priority.school_id,
        priority.fiscal_year,
        priority.priority,
        account.ledger,
        account.account_code
    from priority
    inner join {{ ref('int_funding__account') }} as account
        on
            priority.school_id = account.location
            and priority.moves
            = case priority.moves_kind when 'service' then account.service else account.function end
),

spent as (
    select
        named_account.school_id,
        named_account.fiscal_year,
        named_account.priority,
        count(*) as accounts,
        sum(account_year.budget_amount) as budget_amount,
        sum(account_year.transfer_amount) as transfer_amount,
        sum(account_year.actual_amount) as actual_amount,
        sum(account_year.encumbered_amount) as encumbered_amount
    from named_account
    inner join {{ ref('int_funding__account_year') }} as account_year
        using (ledger, account_code, fiscal_year)
    group by named_account.school_id, named_account.fiscal_year, named_account.priority
)

select
    planned.*,
    coalesce(spent.accounts, 0) as accounts,
    spent.budget_amount,
    spent.transfer_amount,
    spent.actual_amount,
    spent.encumbered_amount
from planned
left join spent using (school_id, fiscal_year, priority)
