select
    service_year.service,
    service_year.fiscal_year,
    sum(service_year.budget_amount) as budget_amount
from {{ ref('int_funding__service_year') }} as service_year
where service_year.lock_status is null
group by service_year.service, service_year.fiscal_year
