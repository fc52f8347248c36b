select
    {{ person_key(["feed", "row_key"]) }} as k_enrollment,
    {{ person_key(["student_id", "school_year"]) }} as k_student_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    student_id,
    school_id,
    school_year,
    grade,
    entered_on,
    exited_on,
    entry_code,
    exit_code
from {{ ref('int_core__enrollment_version') }}
where superseded_on is null
