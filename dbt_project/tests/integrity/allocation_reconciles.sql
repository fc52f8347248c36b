with landed as (
    select
        fiscal_year,
        sum(amount) as amount
    from {{ ref('stg_finance__school_allocation') }}
    where {{ is_current() }}
    group by fiscal_year
),

line as (
    select
        school_id,
        fiscal_year,
        sum(allocated_amount) as allocated_amount,
        case when count(*) = count(formula_amount) then sum(formula_amount) end as formula_amount
    from {{ ref('fct_allocation_line') }}
    group by school_id, fiscal_year
),

school as (
    select
        fiscal_year,
        sum(allocated_amount) as amount
    from {{ ref('msr_school_allocation') }}
    group by fiscal_year
)

select
    'lines of school ' || line.school_id as what,
    line.fiscal_year,
    line.allocated_amount as amount,
    school_allocation.allocated_amount as other_amount
from line
left join {{ ref('msr_school_allocation') }} as school_allocation using (school_id, fiscal_year)
where
    line.allocated_amount is distinct from school_allocation.allocated_amount
    or line.formula_amount is distinct from school_allocation.formula_amount
union all
select
    'schools against the pool' as what,
    fiscal_year,
    school.amount,
    landed.amount as other_amount
from school
full outer join landed using (fiscal_year)
where school.amount is distinct from landed.amount
