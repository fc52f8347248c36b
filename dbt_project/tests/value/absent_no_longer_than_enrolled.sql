select
    student_id,
    school_year,
    enrolled_days,
    days_absent
from {{ ref('fct_attendance_student_year') }}
where days_absent > enrolled_days
