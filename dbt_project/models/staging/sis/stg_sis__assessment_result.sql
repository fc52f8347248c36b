select
    student_id,
    assessment,
    subject,
    school_year,
    administration,
    administered_on,
    school_id,
    district_id,
    grade,
    scale_score,
    level,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_assessment_result') }}
