select
    fiscal_year,
    sum(budget_amount) as budget_amount,
    sum(actual_amount) as actual_amount
from {{ ref('msr_budget_to_actual') }}
group by fiscal_year
having
    count(*) filter (where budget_amount <> 0) > 0
    and count(*) filter (where ledger_lines > 0) > 0
    and count(*) filter (where budget_amount <> 0 and ledger_lines > 0) = 0
