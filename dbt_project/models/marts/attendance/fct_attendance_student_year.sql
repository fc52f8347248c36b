select
    {{ person_key(["student_id", "school_year"]) }} as k_student_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    student_id,
    school_id,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    enrolled_days,
    scheduled_days,
    days_absent,
    is_rated,
    is_chronic
from {{ ref('int_attendance__student_year') }}
