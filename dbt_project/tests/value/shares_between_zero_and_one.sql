select
    'msr_chronic_absence' as measure,
    k_chronic_absence as k,
    value
from {{ ref('msr_chronic_absence') }}
where value not between 0 and 1
union all
select
    'msr_attendance_rate' as measure,
    k_attendance_rate as k,
    value
from {{ ref('msr_attendance_rate') }}
where value not between 0 and 1
union all
select
    'msr_proficiency' as measure,
    k_proficiency as k,
    value
from {{ ref('msr_proficiency') }}
where value not between 0 and 1
union all
select
    'msr_discipline' as measure,
    k_discipline as k,
    value
from {{ ref('msr_discipline') }}
where value not between 0 and 1
union all
select
    'msr_segregation' as measure,
    k_segregation as k,
    value
from {{ ref('msr_segregation') }}
where measure <> 'mutual_information' and value not between 0 and 1
union all
select
    'msr_staffing_diversity.staff_of_colour_share' as measure,
    k_staffing_diversity as k,
    staff_of_colour_share as value
from {{ ref('msr_staffing_diversity') }}
where staff_of_colour_share not between 0 and 1
union all
select
    'msr_staffing_diversity.parity_index' as measure,
    k_staffing_diversity as k,
    parity_index as value
from {{ ref('msr_staffing_diversity') }}
where parity_index not between 0 and 1
union all
select
    'msr_hiring_funnel' as measure,
    k_hiring_funnel as k,
    value
from {{ ref('msr_hiring_funnel') }}
where value not between 0 and 1
union all
select
    'msr_retention' as measure,
    k_retention as k,
    value
from {{ ref('msr_retention') }}
where value not between 0 and 1
union all
select
    'msr_vacancy' as measure,
    k_vacancy as k,
    value
from {{ ref('msr_vacancy') }}
where value not between 0 and 1
union all
select
    'msr_staff_pipeline' as measure,
    k_staff_pipeline as k,
    value
from {{ ref('msr_staff_pipeline') }}
where value not between 0 and 1
