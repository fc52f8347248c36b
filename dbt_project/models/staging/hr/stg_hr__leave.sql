select
    staff_id,
    begins_on,
    ends_on,
    kind,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('hr', 'hr_leave') }}
