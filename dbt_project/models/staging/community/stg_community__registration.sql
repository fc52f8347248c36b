select
    application_id,
    student_id,
    school_id,
    grade,
    home_language,
    program,
    submitted_on,
    completed_on,
    placed_on,
    notified_on,
    enrolled_on,
    withdrawn_on,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('community', 'community_registration') }}
