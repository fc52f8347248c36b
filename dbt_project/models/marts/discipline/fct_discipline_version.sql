select
    student_id,
    school_id,
    action_id,
    on_date,
    school_year,
    code,
    days,
    is_discretionary,
    known_on,
    superseded_on
from {{ ref('int_equity__discipline_action_version') }}
