select
    {{ surrogate_key(["decision_id"]) }} as k_elt_decision,
    {{ person_key(["student_id", "school_year"]) }} as k_student_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    decision_id,
    version,
    student_id,
    school_id,
    school_year,
    elt_term,
    program,
    place,
    step,
    decided_on,
    step_number,
    is_last
from {{ ref('int_programs__elt_decision') }}
