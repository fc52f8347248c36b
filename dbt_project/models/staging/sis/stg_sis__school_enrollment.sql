select
    student_id,
    school_id,
    entered_on,
    exited_on,
    grade,
    school_year,
    entry_code,
    exit_code,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_school_enrollment') }}
