select
    {{ person_key(
        ["kind", "staff_id", "position_id", "account_code", "fiscal_year", "period_ends_on"]
    ) }} as k_payroll_difference,
    {{ surrogate_key(["school_id"]) }} as k_school,
    kind,
    staff_id,
    position_id,
    school_id,
    job_group,
    account_code,
    position_account_code,
    fiscal_year,
    {{ year_ends_on("fiscal_year") }} as year_ends_on,
    pay_run,
    period_ends_on,
    cast(paid_fte as numeric(9, 2)) as paid_fte,
    cast(assigned_fte as numeric(9, 2)) as assigned_fte,
    cast(payroll_amount as numeric(14, 2)) as payroll_amount,
    cast(other_amount as numeric(14, 2)) as other_amount,
    cast(payroll_amount - other_amount as numeric(14, 2)) as difference_amount,
    {{ as_of() }} as as_of,
    {{ figure_status("'ok'") }} as status
from {{ ref('int_staffing__payroll_difference') }}
