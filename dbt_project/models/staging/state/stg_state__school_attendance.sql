select
    school_id,
    school_year,
    attendance_share,
    chronic_absence_share,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('state', 'state_school_attendance') }}
