select
    student_id,
    program,
    begins_on,
    ends_on,
    level,
    known_on,
    superseded_on
from {{ ref('int_programs__participation_version') }}
