select
    {{ surrogate_key(["school_id", "school_year"]) }} as k_school_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    school_id,
    school_year,
    attendance_share,
    chronic_absence_share
from {{ ref('int_attendance__state_report') }}
