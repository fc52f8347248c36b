-- Payroll lines as they are known now, with the days that each pays for: from the day after the pay
-- period before it. The first period that was landed has none before it: it is as long as the next one,
-- and begins in its fiscal year.
with line as (
    select
        feed,
        row_key,
        staff_id,
        position_id,
        account_code,
        fiscal_year,
        pay_run,
        period_ends_on,
        coalesce(fte, 0) as fte,
        amount,
        posted_on
    from {{ ref('stg_finance__payroll_line') }}
    where {{ is_current() }} and posted_on <= {{ as_of() }}
),

period as (
    select
        period_ends_on,
        lag(period_ends_on) over (order by period_ends_on) as period_before,
        lead(period_ends_on) over (order by period_ends_on) as period_after,
        min(fiscal_year) as fiscal_year
    from line
    where fte > 0
    group by period_ends_on
)

select
    line.*,
    line.fte = 0 as is_adjustment,
    coalesce(
        period.period_before + 1,
        greatest(
            {{ year_begins_on("period.fiscal_year") }},
            period.period_ends_on - (period.period_after - period.period_ends_on) + 1
        ),
        line.period_ends_on
    ) as period_begins_on
from line
left join period on line.period_ends_on = period.period_ends_on
