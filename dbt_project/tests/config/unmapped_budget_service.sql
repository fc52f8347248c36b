select
    service,
    fiscal_year,
    sum(budget_amount) as budget_amount
from {{ ref('int_funding__spending') }}
where service is not null and lock_status is null
group by service, fiscal_year
