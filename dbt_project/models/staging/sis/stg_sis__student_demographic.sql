select
    student_id,
    school_year,
    birth_on,
    sex,
    is_hispanic,
    is_american_indian,
    is_asian,
    is_black,
    is_pacific_islander,
    is_white,
    is_two_or_more,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_student_demographic') }}
