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
from {{ ref('stg_sis__school_enrollment') }}
where {{ is_current() }}
