-- Ends of employment that have come, one per person and day.
select distinct on (staff_id, separated_on)
    staff_id,
    separated_on,
    reason
from {{ ref('stg_hr__separation') }}
where {{ is_current() }} and separated_on <= {{ as_of() }}
order by staff_id, separated_on, known_on desc, feed
