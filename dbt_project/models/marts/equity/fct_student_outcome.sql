select
    {{ surrogate_key(["student_id", "school_year"]) }} as k_student_outcome,
    {{ surrogate_key(["student_id", "school_year"]) }} as k_student_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    student_id,
    school_id,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    cast(actions as integer) as actions,
    cast(suspensions as integer) as suspensions,
    suspension_days,
    cast(marks as integer) as marks,
    cast(failing_marks as integer) as failing_marks,
    is_swd,
    is_gifted
from {{ ref('int_equity__student_outcome') }}
