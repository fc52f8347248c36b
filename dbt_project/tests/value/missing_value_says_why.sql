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
