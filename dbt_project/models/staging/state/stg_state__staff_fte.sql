select
    school_id,
    school_year,
    job_group,
    race_group,
    fte,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('state', 'state_staff_fte') }}
