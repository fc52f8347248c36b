select
    {{ person_key(["student_id"]) }} as k_student,
    student_id,
    grade,
    primary_school_id,
    home_language,
    is_enabled
from {{ ref('int_core__student') }}
