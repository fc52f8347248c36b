select distinct on (school_id, autonomy, begins_on)
    school_id,
    network_id,
    autonomy,
    begins_on,
    ends_on
from {{ ref('stg_sis__school_autonomy') }}
where {{ is_current() }}
order by school_id, autonomy, begins_on, known_on desc, feed
