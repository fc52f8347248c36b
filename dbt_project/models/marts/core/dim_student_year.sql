select
    {{ person_key(["student_id", "school_year"]) }} as k_student_year,
    student_id,
    school_year,
    school_id,
    grade
from {{ ref('int_core__student_year') }}
