-- Each line of a school's allocation: what the formula says beside what the district allocated. A school
-- has a foundation only while it has pupils. The two limits hold against the last allocation; without one
-- there is none.
with formula_year as (
    select distinct fiscal_year from {{ ref('int_funding__formula_group') }}
),

formula_amount as (
    select
        formula_amount.*,
        formula_year.fiscal_year
    from {{ ref('formula_amount') }} as formula_amount
    inner join formula_year
        on
            formula_amount.valid_from <= {{ year_begins_on("formula_year.fiscal_year") }}
            and (
                formula_amount.valid_to is null
                or formula_amount.valid_to >= {{ year_begins_on("formula_year.fiscal_year") }}
            )
),

allocated as (
    select
        school_id,
        fiscal_year,
        line,
        sum(amount) as allocated_amount
    from {{ ref('stg_finance__school_allocation') }}
    where {{ is_current() }}
    group by school_id, fiscal_year, line
),

allocated_school as (
    select
        school_id,
        fiscal_year,
        sum(allocated_amount) as allocated_amount
    from allocated
    group by school_id, fiscal_year
),

school_year as (
    select
        school_id,
        fiscal_year,
        sum(projected_students) filter (where line = 'grade') as projected_students,
        max(base_amount) as base_amount
    from {{ ref('int_funding__formula_group') }}
    group by school_id, fiscal_year
),

before_limits as (
    select
        school_year.school_id,
        school_year.fiscal_year,
        'foundation' as line,
        case when school_year.projected_students > 0 then foundation.amount else 0 end as formula_amount
    from school_year
    left join {{ ref('int_core__school') }} as school on school_year.school_id = school.school_id
    left join formula_amount as foundation
        on
            school_year.fiscal_year = foundation.fiscal_year
            and foundation.name = 'foundation_' || school.level
    union all
    select
        school_id,
        fiscal_year,
        'base' as line,
        round({{ formula_dollars("base_amount", "1", "projected_students") }}, 2) as formula_amount
    from school_year
    union all
    select
        school_id,
        fiscal_year,
        line,
        round(sum({{ formula_dollars("base_amount", "weight", "projected_students") }}), 2) as formula_amount
    from {{ ref('int_funding__formula_group') }}
    where line is not null
    group by school_id, fiscal_year, line
),

-- A line that cannot be worked out leaves the total unknown.
summed as (
    select
        school_id,
        fiscal_year,
        case when count(*) = count(formula_amount) then sum(formula_amount) end as total
    from before_limits
    group by school_id, fiscal_year
),

limited as (
    select
        summed.school_id,
        summed.fiscal_year,
        summed.total,
        last.allocated_amount as last_amount,
        least_share.amount as least_share,
        greatest_share.amount as greatest_share
    from summed
    left join allocated_school as last
        on
            summed.school_id = last.school_id
            and summed.fiscal_year = last.fiscal_year + 1
            and last.allocated_amount > 0
    left join formula_amount as least_share
        on summed.fiscal_year = least_share.fiscal_year and least_share.name = 'hold_harmless_share'
    left join formula_amount as greatest_share
        on summed.fiscal_year = greatest_share.fiscal_year and greatest_share.name = 'transition_share'
),

formula as (
    select * from before_limits
    union all
    select
        school_id,
        fiscal_year,
        'hold_harmless' as line,
        case
            when last_amount is null or total = 0 then 0
            else {{ hold_harmless("total", "last_amount", "least_share") }}
        end as formula_amount
    from limited
    where total is not null
    union all
    select
        school_id,
        fiscal_year,
        'transition' as line,
        case
            when last_amount is null or total = 0 then 0
            else {{ transition_limit("total", "last_amount", "greatest_share") }}
        end as formula_amount
    from limited
    where total is not null
    union all
    select
        limited.school_id,
        limited.fiscal_year,
        unknown_line.line,
        cast(null as numeric) as formula_amount
    from limited
    cross join (values ('hold_harmless'), ('transition')) as unknown_line (line)
    where limited.total is null
),

line_year as (
    select
        school_id,
        fiscal_year,
        line
    from formula
    union
    select
        school_id,
        fiscal_year,
        line
    from allocated
)

select
    line_year.school_id,
    line_year.fiscal_year,
    line_year.line,
    cast(school_year.projected_students as numeric(9, 2)) as projected_students,
    line_year.line in ('hold_harmless', 'transition') as is_limit,
    school_year.school_id is not null as has_formula,
    allocated_school.school_id is not null as has_allocation,
    -- A line that the formula does not have gives nothing; one that it cannot work out stays unknown.
    cast(
        case
            when school_year.school_id is not null and formula.school_id is null then 0
            else formula.formula_amount
        end
        as numeric(14, 2)
    ) as formula_amount,
    cast(
        case when allocated_school.school_id is not null then coalesce(allocated.allocated_amount, 0) end
        as numeric(14, 2)
    ) as allocated_amount
from line_year
left join formula using (school_id, fiscal_year, line)
left join allocated using (school_id, fiscal_year, line)
left join school_year using (school_id, fiscal_year)
left join allocated_school using (school_id, fiscal_year)
