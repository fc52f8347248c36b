select
    staff_id,
    position_id,
    school_id,
    job_group,
    fte,
    begins_on,
    ends_on,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('hr', 'hr_staff_assignment') }}
