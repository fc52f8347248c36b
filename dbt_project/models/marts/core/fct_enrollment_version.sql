select
    student_id,
    school_id,
    school_year,
    grade,
    entered_on,
    exited_on,
    known_on,
    superseded_on
from {{ ref('int_core__enrollment_version') }}
