select
    application_id,
    requisition_id,
    applicant_id,
    is_hispanic,
    race,
    applied_on,
    screened_on,
    interviewed_on,
    offered_on,
    accepted_on,
    started_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('hr', 'hr_application') }}
