select
    student_id,
    school_id,
    course_id,
    term_id,
    school_year,
    mark,
    points,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('sis', 'sis_course_grade') }}
