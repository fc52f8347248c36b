select
    decision_id,
    version,
    student_id,
    school_id,
    elt_term,
    program,
    place,
    step,
    decided_on,
    undone_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('programs', 'programs_elt_decision') }}
