select
    student_id,
    given_name,
    family_name,
    grade,
    primary_school_id,
    home_language,
    is_enabled,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_student') }}
