select
    {{ person_key(["action_id"]) }} as k_discipline_action,
    {{ person_key(["student_id", "school_year"]) }} as k_student_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    action_id,
    student_id,
    school_id,
    on_date,
    school_year,
    code,
    action_kind,
    days,
    is_discretionary
from {{ ref('int_equity__discipline_action') }}
