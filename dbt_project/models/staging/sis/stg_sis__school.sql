select
    school_id,
    name as school_name,
    level,
    network_id,
    grades,
    kind,
    town,
    opened_on,
    closed_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_school') }}
