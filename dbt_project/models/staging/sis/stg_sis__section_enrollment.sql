select
    enrollment_id,
    section_id,
    school_id,
    person_id,
    role,
    begins_on,
    ends_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_section_enrollment') }}
