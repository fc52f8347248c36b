select
    school_id,
    network_id,
    autonomy,
    begins_on,
    ends_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_school_autonomy') }}
