select
    'msr_chronic_absence' as measure,
    k_chronic_absence as k
from {{ ref('msr_chronic_absence') }}
where
    (value is null and status = 'ok')
    or (value is not null and status not in ('ok', 'incomplete_feed'))
union all
select
    'msr_attendance_rate' as measure,
    k_attendance_rate as k
from {{ ref('msr_attendance_rate') }}
where
    (value is null and status = 'ok')
    or (value is not null and status not in ('ok', 'incomplete_feed'))
union all
select
    'msr_proficiency' as measure,
    k_proficiency as k
from {{ ref('msr_proficiency') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_achievement_gap' as measure,
    k_achievement_gap as k
from {{ ref('msr_achievement_gap') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_discipline' as measure,
    k_discipline as k
from {{ ref('msr_discipline') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_risk_ratio' as measure,
    k_risk_ratio as k
from {{ ref('msr_risk_ratio') }}
where (value is null) = (status = 'ok') or (value is null) <> (ratio_kind is null)
union all
select
    'msr_segregation' as measure,
    k_segregation as k
from {{ ref('msr_segregation') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_access' as measure,
    k_access as k
from {{ ref('msr_access') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_staffing_diversity' as measure,
    k_staffing_diversity as k
from {{ ref('msr_staffing_diversity') }}
where
    (staff_of_colour_share is null and status in ('ok', 'not_collected'))
    or (staff_of_colour_share is not null and status not in ('ok', 'not_collected'))
union all
select
    'msr_budget_to_actual' as measure,
    k_account_year as k
from {{ ref('msr_budget_to_actual') }}
where (variance_share is null) = (status = 'ok')
union all
select
    'msr_budget_to_actual.projected_amount' as measure,
    k_account_year as k
from {{ ref('msr_budget_to_actual') }}
where (projected_amount is null) = (projection_status = 'ok')
union all
select
    'msr_unlocked_share' as measure,
    k_unlocked_share as k
from {{ ref('msr_unlocked_share') }}
where
    (unlocked_dollar_share is null and status = 'ok')
    or (unlocked_dollar_share is not null and status not in ('ok', 'incomplete_feed'))
union all
select
    'msr_school_allocation' as measure,
    k_school_allocation as k
from {{ ref('msr_school_allocation') }}
where (difference_amount is null) = (status = 'ok')
union all
select
    'msr_spending_per_pupil' as measure,
    k_spending_per_pupil as k
from {{ ref('msr_spending_per_pupil') }}
where
    (value is null) = (status = 'ok')
    or (per_weighted_pupil is null) = (weighted_status = 'ok')
union all
select
    'msr_funding_equity' as measure,
    k_funding_equity as k
from {{ ref('msr_funding_equity') }}
where
    (gini is null) = (status = 'ok')
    or (need_slope is null) = (slope_status = 'ok')
union all
select
    'msr_hiring_funnel' as measure,
    k_hiring_funnel as k
from {{ ref('msr_hiring_funnel') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_adverse_impact' as measure,
    k_adverse_impact as k
from {{ ref('msr_adverse_impact') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_retention' as measure,
    k_retention as k
from {{ ref('msr_retention') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_vacancy' as measure,
    k_vacancy as k
from {{ ref('msr_vacancy') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_time_to_fill' as measure,
    k_time_to_fill as k
from {{ ref('msr_time_to_fill') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_staff_pipeline' as measure,
    k_staff_pipeline as k
from {{ ref('msr_staff_pipeline') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_scorecard' as measure,
    k_scorecard as k
from {{ ref('msr_scorecard') }}
where
    (value is null and status = 'ok')
    or (value is not null and status not in ('ok', 'incomplete_feed'))
union all
select
    'msr_network' as measure,
    k_network_indicator as k
from {{ ref('msr_network') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_priority_spending' as measure,
    k_priority_spending as k
from {{ ref('msr_priority_spending') }}
where (value is null) = (status = 'ok')
union all
select
    'msr_registration_timeline' as measure,
    k_registration_timeline as k
from {{ ref('msr_registration_timeline') }}
where (value is null) = (status = 'ok')
