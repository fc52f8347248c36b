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
