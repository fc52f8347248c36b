{{ config(materialized="view") }}

-- Every version of an event that was known by the as-of day, with what the seed says of its code.
select
    event.student_id,
    event.school_id,
    event.on_date,
    {{ school_year("event.on_date") }} as school_year,
    code.absent_fraction,
    code.kind as absence_kind,
    event.known_on,
    {{ superseded_by_as_of("event") }} as superseded_on
from {{ ref('stg_sis__attendance_event') }} as event
left join {{ ref('attendance_code') }} as code
    on event.code = code.code
where event.known_on <= {{ as_of() }}
