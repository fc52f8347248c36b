select
    staff_id,
    separated_on,
    reason,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('hr', 'hr_separation') }}
