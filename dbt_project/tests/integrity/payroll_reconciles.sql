with landed as (
    select
        fiscal_year,
        account_code,
        sum(amount) as amount
    from {{ ref('stg_finance__payroll_line') }}
    where {{ is_current() }} and posted_on <= {{ as_of() }}
    group by fiscal_year, account_code
),

published as (
    select
        fiscal_year,
        account_code,
        sum(amount) as amount
    from {{ ref('fct_payroll') }}
    group by fiscal_year, account_code
),

difference as (
    select
        fiscal_year,
        account_code,
        sum(difference_amount) as amount
    from {{ ref('fct_payroll_difference') }}
    where kind = 'ledger_differs'
    group by fiscal_year, account_code
),

posted as (
    select
        fiscal_year,
        account_code,
        sum(amount) as amount
    from {{ ref('fct_ledger') }}
    where
        entry_kind = 'actual'
        and posted_on <= {{ as_of() }}
        and posted_on >= (
            select cast(date_trunc('month', min(fct_payroll.posted_on)) as date)
            from {{ ref('fct_payroll') }} as fct_payroll
        )
        and account_code in (
            select account_code from published
            union
            select account_code from {{ ref('fct_position') }}
            where account_code is not null
        )
    group by fiscal_year, account_code
),

entry as (
    select
        'landed' as side,
        *
    from landed
    union all
    select
        'published' as side,
        *
    from published
    union all
    select
        'difference' as side,
        *
    from difference
    union all
    select
        'ledger' as side,
        *
    from posted
),

-- By account, by year, and in all.
compared as (
    select
        fiscal_year,
        account_code,
        coalesce(sum(amount) filter (where side = 'landed'), 0) as landed_amount,
        coalesce(sum(amount) filter (where side = 'published'), 0) as published_amount,
        coalesce(sum(amount) filter (where side = 'difference'), 0) as difference_amount,
        coalesce(sum(amount) filter (where side = 'ledger'), 0) as ledger_amount
    from entry
    group by rollup (fiscal_year, account_code)
)

select *
from compared
where landed_amount <> published_amount or published_amount - difference_amount <> ledger_amount
