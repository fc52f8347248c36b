-- Positions as they are known now.
select distinct on (position_id)
    position_id,
    school_id,
    job_group,
    title,
    budgeted_fte,
    account_code,
    opened_on,
    closed_on
from {{ ref('stg_hr__position') }}
where {{ is_current() }}
order by position_id, known_on desc, feed
