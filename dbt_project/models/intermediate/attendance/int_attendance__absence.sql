{{ config(
    materialized="incremental",
    incremental_strategy="append",
    on_schema_change="fail",
    pre_hook="{{ forget_changed_years() }}"
) }}

-- Absent fractions that count: on a day that the student's own school scheduled and submitted.
-- Two schools' events on one day are one day, at the larger fraction.
select
    event.student_id,
    event.on_date,
    segment.school_year,
    segment.school_id,
    max(code.absent_fraction) as absent_fraction
from {{ ref('stg_sis__attendance_event') }} as event
inner join {{ ref('attendance_code') }} as code
    on event.code = code.code
inner join {{ ref('int_attendance__segment') }} as segment
    on
        event.student_id = segment.student_id
        and event.on_date between segment.starts_on and segment.ends_on
inner join {{ ref('int_attendance__school_day') }} as school_day
    on
        segment.school_id = school_day.school_id
        and segment.school_year = school_day.school_year
        and event.on_date = school_day.on_date
where
    {{ is_current("event") }}
    and code.absent_fraction > 0
    and school_day.is_submitted
    and {{ is_in_changed_year("segment.school_year") }}
group by event.student_id, event.on_date, segment.school_year, segment.school_id
