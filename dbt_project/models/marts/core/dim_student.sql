select
    {{ surrogate_key(["student_id"]) }} as k_student,
    student_id,
    given_name,
    family_name,
    grade,
    primary_school_id,
    home_language,
    is_enabled
from {{ ref('int_core__student') }}
