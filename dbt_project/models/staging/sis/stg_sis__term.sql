select
    term_id,
    title,
    kind,
    starts_on,
    ends_on,
    school_year,
    parent_term_id,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_term') }}
