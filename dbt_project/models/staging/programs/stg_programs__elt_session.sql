select
    school_id,
    elt_term,
    program,
    on_date,
    minutes,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('programs', 'programs_elt_session') }}
