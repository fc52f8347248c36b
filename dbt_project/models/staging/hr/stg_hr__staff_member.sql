select
    staff_id,
    given_name,
    family_name,
    is_hispanic,
    race,
    hired_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('hr', 'hr_staff_member') }}
