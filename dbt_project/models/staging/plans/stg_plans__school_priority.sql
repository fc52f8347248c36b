select
    school_id,
    fiscal_year,
    priority,
    moves_kind,
    moves,
    planned_amount,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('plans', 'plans_school_priority') }}
