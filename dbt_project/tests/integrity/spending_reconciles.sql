with landed as (
    select
        fund,
        sum(amount) as amount
    from {{ ref('stg_finance__ledger_line') }}
    where {{ is_current() }} and entry_kind = 'actual'
    group by fund
),

published as (
    select
        fund,
        sum(own_amount) filter (where org_kind in ('school', 'office')) as own_amount,
        sum(own_amount + central_amount) filter (where org_kind = 'district') as district_amount
    from {{ ref('msr_spending_per_pupil') }}
    where fund <> 'all' and function = 'all'
    group by fund
),

-- What offices spent in a year with pupils is shared out whole.
shared as (
    select
        fiscal_year,
        sum(own_amount) filter (where org_kind = 'office') as office_amount,
        sum(central_amount) filter (where org_kind = 'school') as shared_amount
    from {{ ref('msr_spending_per_pupil') }}
    where fund = 'all' and function = 'all'
    group by fiscal_year
    having sum(n) filter (where org_kind = 'school') > 0
)

select
    'fund ' || fund as what,
    landed.amount,
    published.own_amount as published_amount
from landed
full outer join published using (fund)
where
    landed.amount is distinct from published.own_amount
    or landed.amount is distinct from published.district_amount
union all
select
    'central spending of ' || fiscal_year as what,
    office_amount as amount,
    shared_amount as published_amount
from shared
where coalesce(office_amount, 0) <> coalesce(shared_amount, 0)
