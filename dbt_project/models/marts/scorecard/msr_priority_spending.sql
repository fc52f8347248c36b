select
    {{ surrogate_key(["school_id", "priority", "fiscal_year"]) }} as k_priority_spending,
    {{ surrogate_key(["school_id"]) }} as k_school,
    school_id,
    priority,
    fiscal_year,
    {{ year_ends_on("fiscal_year") }} as year_ends_on,
    moves,
    cast(accounts as integer) as accounts,
    cast(planned_amount as numeric(14, 2)) as planned_amount,
    cast({{ figure("budget_amount + transfer_amount") }} as numeric(14, 2)) as budget_amount,
    cast({{ figure("actual_amount") }} as numeric(14, 2)) as actual_amount,
    cast({{ figure("encumbered_amount") }} as numeric(14, 2)) as encumbered_amount,
    cast({{ figure(share("actual_amount", "planned_amount")) }} as numeric(14, 6)) as value,
    cast({{ figure("actual_amount") }} as numeric(14, 2)) as numerator,
    cast(planned_amount as numeric(14, 2)) as denominator,
    cast(accounts as integer) as n,
    {{ as_of() }} as as_of,
    {{ figure_status(
        "case when accounts = 0 then 'not_collected' when planned_amount = 0 then 'insufficient_n' else 'ok' end"
    ) }} as status
from {{ ref('int_scorecard__priority_spending') }}
