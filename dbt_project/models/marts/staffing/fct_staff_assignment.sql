select
    {{ person_key(["staff_id", "position_id", "begins_on"]) }} as k_staff_assignment,
    {{ person_key(["staff_id"]) }} as k_staff,
    {{ surrogate_key(["school_id"]) }} as k_school,
    staff_id,
    position_id,
    school_id,
    job_group,
    race_group,
    cast(fte as numeric(9, 2)) as fte,
    begins_on,
    ends_on,
    begins_on <= {{ as_of() }} and (ends_on is null or ends_on >= {{ as_of() }}) as is_in_post
from {{ ref('int_staffing__spell') }}
