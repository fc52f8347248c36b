select
    student_id,
    school_id,
    school_year,
    grade,
    entered_on,
    exited_on,
    known_on,
    {{ superseded_by_as_of() }} as superseded_on
from {{ ref('stg_sis__school_enrollment') }}
where known_on <= {{ as_of() }}
