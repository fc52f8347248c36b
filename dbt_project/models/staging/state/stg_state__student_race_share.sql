select
    school_id,
    school_year,
    race_group,
    share,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('state', 'state_student_race_share') }}
