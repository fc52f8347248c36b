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
