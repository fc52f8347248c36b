select
    course_id,
    title,
    subject,
    is_core,
    is_advanced,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_course') }}
