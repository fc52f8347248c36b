with school_year as (
    select
        school_id,
        fiscal_year,
        max(projected_students) as projected_students,
        sum(formula_amount) filter (where line = 'foundation') as foundation_amount,
        sum(formula_amount) filter (where not is_limit and line <> 'foundation') as weighted_amount,
        sum(formula_amount) filter (where line = 'hold_harmless') as hold_harmless_amount,
        sum(formula_amount) filter (where line = 'transition') as transition_amount,
        -- One line that cannot be worked out leaves the allocation unknown.
        case when count(*) = count(formula_amount) then sum(formula_amount) end as formula_amount,
        sum(allocated_amount) as allocated_amount,
        count(*) filter (where allocated_amount <> formula_amount) as lines_with_difference
    from {{ ref('int_funding__formula_line') }}
    group by school_id, fiscal_year
)

select
    {{ surrogate_key(["school_id", "fiscal_year"]) }} as k_school_allocation,
    {{ surrogate_key(["school_id"]) }} as k_school,
    school_id,
    fiscal_year,
    cast(projected_students as numeric(9, 2)) as n,
    cast(foundation_amount as numeric(14, 2)) as foundation_amount,
    cast(weighted_amount as numeric(14, 2)) as weighted_amount,
    cast(hold_harmless_amount as numeric(14, 2)) as hold_harmless_amount,
    cast(transition_amount as numeric(14, 2)) as transition_amount,
    cast({{ figure("formula_amount") }} as numeric(14, 2)) as formula_amount,
    cast({{ figure("allocated_amount") }} as numeric(14, 2)) as allocated_amount,
    cast({{ figure("allocated_amount - formula_amount") }} as numeric(14, 2)) as difference_amount,
    cast({{ figure("lines_with_difference") }} as integer) as lines_with_difference,
    cast({{ figure(share("allocated_amount", "projected_students")) }} as numeric(14, 2))
        as allocated_per_pupil,
    {{ as_of() }} as as_of,
    {{ figure_status(
        "case when allocated_amount is null or formula_amount is null then 'not_collected' else 'ok' end"
    ) }} as status
from school_year
