select
    student_id,
    program,
    begins_on,
    ends_on,
    level,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('programs', 'programs_participation') }}
