-- Where payroll does not agree with assignments, positions or the ledger. What a correction of the same
-- pay period takes back in full is no difference, and nobody has to be paid for days of unpaid leave.
with paid as (
    -- A correction counts in the period that it corrects.
    select
        staff_id,
        position_id,
        account_code,
        fiscal_year,
        period_begins_on,
        period_ends_on,
        min(pay_run) as pay_run,
        sum(fte) as fte,
        sum(amount) as amount
    from {{ ref('int_staffing__payroll') }}
    group by staff_id, position_id, account_code, fiscal_year, period_begins_on, period_ends_on
    having sum(amount) <> 0
),

-- A position may be charged to several accounts: their full-time equivalents add up.
paid_position as (
    select
        staff_id,
        position_id,
        fiscal_year,
        period_begins_on,
        period_ends_on,
        min(pay_run) as pay_run,
        min(account_code) as account_code,
        sum(fte) as fte,
        sum(amount) as amount
    from paid
    where fte > 0
    group by staff_id, position_id, fiscal_year, period_begins_on, period_ends_on
),

-- Where an assignment changed within the period, pay may follow either of its two sides; the later one is
-- shown.
assigned as (
    select
        paid_position.staff_id,
        paid_position.position_id,
        paid_position.fiscal_year,
        paid_position.period_ends_on,
        (array_agg(spell.fte order by spell.begins_on desc))[1] as fte,
        paid_position.position_id is null or bool_or(spell.fte = paid_position.fte) as is_as_paid
    from paid_position
    inner join {{ ref('int_staffing__spell') }} as spell
        on
            paid_position.staff_id = spell.staff_id
            and (paid_position.position_id is null or paid_position.position_id = spell.position_id)
            and paid_position.period_ends_on >= spell.begins_on
            and (spell.ends_on is null or paid_position.period_begins_on <= spell.ends_on)
    group by
        paid_position.staff_id,
        paid_position.position_id,
        paid_position.fiscal_year,
        paid_position.period_ends_on
),

period as (
    select
        fiscal_year,
        period_begins_on,
        period_ends_on,
        min(pay_run) as pay_run
    from paid
    where fte > 0
    group by fiscal_year, period_begins_on, period_ends_on
),

due as (
    select
        spell.staff_id,
        spell.position_id,
        spell.fte,
        period.*,
        greatest(spell.begins_on, period.period_begins_on) as from_on,
        least(coalesce(spell.ends_on, period.period_ends_on), period.period_ends_on) as to_on
    from {{ ref('int_staffing__spell') }} as spell
    inner join period
        on
            spell.begins_on <= period.period_ends_on
            and (spell.ends_on is null or spell.ends_on >= period.period_begins_on)
),

unpaid_leave as (
    select
        due.staff_id,
        due.position_id,
        due.period_ends_on,
        due.from_on,
        sum(
            least(coalesce(away.ends_on, due.to_on), due.to_on) - greatest(away.begins_on, due.from_on) + 1
        ) as days
    from due
    inner join {{ ref('stg_hr__leave') }} as away
        on
            due.staff_id = away.staff_id
            and due.to_on >= away.begins_on
            and (away.ends_on is null or due.from_on <= away.ends_on)
    where away.kind = 'unpaid' and {{ is_current("away") }}
    group by due.staff_id, due.position_id, due.period_ends_on, due.from_on
),

found as (
    select
        'paid_without_assignment' as kind,
        paid.staff_id,
        paid.position_id,
        paid.account_code,
        paid.fiscal_year,
        paid.pay_run,
        paid.period_ends_on,
        paid.amount as payroll_amount,
        cast(0 as numeric) as other_amount,
        paid.fte as paid_fte,
        cast(0 as numeric) as assigned_fte
    from paid
    left join assigned
        on
            paid.staff_id = assigned.staff_id
            and paid.position_id is not distinct from assigned.position_id
            and paid.fiscal_year = assigned.fiscal_year
            and paid.period_ends_on = assigned.period_ends_on
    where paid.fte > 0 and assigned.staff_id is null
    union all
    select
        'fte_differs' as kind,
        paid_position.staff_id,
        paid_position.position_id,
        paid_position.account_code,
        paid_position.fiscal_year,
        paid_position.pay_run,
        paid_position.period_ends_on,
        paid_position.amount as payroll_amount,
        round(paid_position.amount * assigned.fte / paid_position.fte, 2) as other_amount,
        paid_position.fte as paid_fte,
        assigned.fte as assigned_fte
    from paid_position
    inner join assigned using (staff_id, position_id, fiscal_year, period_ends_on)
    where not assigned.is_as_paid
    union all
    select
        'assigned_not_paid' as kind,
        due.staff_id,
        due.position_id,
        position.account_code,
        due.fiscal_year,
        due.pay_run,
        due.period_ends_on,
        cast(0 as numeric) as payroll_amount,
        cast(null as numeric) as other_amount,
        cast(0 as numeric) as paid_fte,
        due.fte as assigned_fte
    from due
    left join {{ ref('int_staffing__position') }} as position on due.position_id = position.position_id
    left join unpaid_leave
        on
            due.staff_id = unpaid_leave.staff_id
            and due.position_id = unpaid_leave.position_id
            and due.period_ends_on = unpaid_leave.period_ends_on
            and due.from_on = unpaid_leave.from_on
    where
        due.to_on - due.from_on + 1 > coalesce(unpaid_leave.days, 0)
        and (due.staff_id, due.period_ends_on) not in (
            select
                paid_position.staff_id,
                paid_position.period_ends_on
            from paid_position
            where paid_position.position_id is null
        )
        and not exists (
            select 1
            from paid_position
            where
                paid_position.staff_id = due.staff_id
                and paid_position.position_id = due.position_id
                and paid_position.period_ends_on = due.period_ends_on
        )
    union all
    select
        'account_differs' as kind,
        paid.staff_id,
        paid.position_id,
        paid.account_code,
        paid.fiscal_year,
        paid.pay_run,
        paid.period_ends_on,
        paid.amount as payroll_amount,
        cast(0 as numeric) as other_amount,
        paid.fte as paid_fte,
        cast(null as numeric) as assigned_fte
    from paid
    inner join {{ ref('int_staffing__position') }} as position on paid.position_id = position.position_id
    where paid.account_code <> position.account_code
    union all
    select
        'ledger_differs' as kind,
        null as staff_id,
        null as position_id,
        account_code,
        fiscal_year,
        null as pay_run,
        cast(month_on + interval '1 month' as date) - 1 as period_ends_on,
        payroll_amount,
        ledger_amount as other_amount,
        null as paid_fte,
        null as assigned_fte
    from {{ ref('int_staffing__payroll_ledger') }}
    where payroll_amount <> ledger_amount
)

select
    found.kind,
    found.staff_id,
    found.position_id,
    position.school_id,
    position.job_group,
    found.account_code,
    position.account_code as position_account_code,
    found.fiscal_year,
    found.pay_run,
    found.period_ends_on,
    cast(found.paid_fte as numeric(9, 2)) as paid_fte,
    cast(found.assigned_fte as numeric(9, 2)) as assigned_fte,
    cast(found.payroll_amount as numeric(14, 2)) as payroll_amount,
    cast(found.other_amount as numeric(14, 2)) as other_amount
from found
left join {{ ref('int_staffing__position') }} as position on found.position_id = position.position_id
