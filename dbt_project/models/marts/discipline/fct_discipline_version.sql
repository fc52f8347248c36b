select
    student_id,
    school_id,
    action_id,
    on_date,
    {{ school_year("on_date") }} as school_year,
    code,
    days,
    is_discretionary,
    known_on,
    {{ superseded_by_as_of() }} as superseded_on
from {{ ref('stg_sis__discipline_action') }}
where known_on <= {{ as_of() }}
