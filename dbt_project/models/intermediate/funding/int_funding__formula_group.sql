-- Projected pupils of each group of the formula, with the base and the weight of the fiscal year's first day.
select
    formula_input.school_id,
    formula_input.fiscal_year,
    formula_input.student_group,
    formula_input.projected_students,
    formula_weight.line,
    formula_weight.weight,
    base.amount as base_amount
from {{ ref('stg_finance__formula_input') }} as formula_input
left join {{ ref('formula_weight') }} as formula_weight
    on
        formula_input.student_group = formula_weight.student_group
        and formula_weight.valid_from <= {{ year_begins_on("formula_input.fiscal_year") }}
        and (
            formula_weight.valid_to is null
            or formula_weight.valid_to >= {{ year_begins_on("formula_input.fiscal_year") }}
        )
left join {{ ref('formula_amount') }} as base
    on
        base.name = 'base_per_pupil'
        and base.valid_from <= {{ year_begins_on("formula_input.fiscal_year") }}
        and (base.valid_to is null or base.valid_to >= {{ year_begins_on("formula_input.fiscal_year") }})
where {{ is_current("formula_input") }}
