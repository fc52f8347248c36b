select
    section_id,
    school_id,
    course_id,
    title,
    kind,
    grade,
    term_ids,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_section') }}
