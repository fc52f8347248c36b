select distinct on (school_id)
    school_id,
    school_name,
    coalesce(level, 'other') as level,
    network_id,
    opened_on,
    closed_on
from {{ ref('stg_sis__school') }}
where {{ is_current() }}
order by school_id, known_on desc, feed
