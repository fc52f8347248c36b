select
    {{ surrogate_key(["school_id", "fiscal_year", "line"]) }} as k_allocation_line,
    {{ surrogate_key(["school_id"]) }} as k_school,
    school_id,
    fiscal_year,
    {{ year_ends_on("fiscal_year") }} as year_ends_on,
    line,
    is_limit,
    formula_amount,
    allocated_amount,
    cast({{ figure("allocated_amount - formula_amount") }} as numeric(14, 2)) as difference_amount,
    cast({{ figure("allocated_amount <> formula_amount") }} as boolean) as has_difference,
    {{ as_of() }} as as_of,
    {{ figure_status(
        "case when allocated_amount is null or formula_amount is null then 'not_collected' else 'ok' end"
    ) }} as status
from {{ ref('int_funding__formula_line') }}
