select
    student_group,
    fiscal_year,
    sum(projected_students) as projected_students
from {{ ref('int_funding__formula_group') }}
where weight is null or base_amount is null
group by student_group, fiscal_year
