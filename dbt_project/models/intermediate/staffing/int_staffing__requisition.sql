-- Searches that had been advertised by the as-of day, under the school year of the day they were posted.
select distinct on (requisition_id)
    requisition_id,
    position_id,
    school_id,
    job_group,
    {{ school_year("posted_on") }} as school_year,
    posted_on,
    case when closed_on <= {{ as_of() }} then closed_on end as closed_on
from {{ ref('stg_hr__requisition') }}
where {{ is_current() }} and posted_on <= {{ as_of() }}
order by requisition_id, known_on desc, feed
