select
    {{ person_key(["payroll.feed", "payroll.row_key"]) }} as k_payroll_line,
    {{ person_key(["payroll.staff_id"]) }} as k_staff,
    {{ surrogate_key(["position.school_id"]) }} as k_school,
    {{ surrogate_key(["'main'", "payroll.account_code"]) }} as k_account,
    payroll.staff_id,
    payroll.position_id,
    position.school_id,
    position.job_group,
    payroll.account_code,
    payroll.fiscal_year,
    {{ year_ends_on("payroll.fiscal_year") }} as year_ends_on,
    payroll.pay_run,
    payroll.period_begins_on,
    payroll.period_ends_on,
    payroll.posted_on,
    cast(payroll.fte as numeric(9, 2)) as fte,
    cast(payroll.amount as numeric(14, 2)) as amount,
    payroll.is_adjustment
from {{ ref('int_staffing__payroll') }} as payroll
left join {{ ref('int_staffing__position') }} as position on payroll.position_id = position.position_id
