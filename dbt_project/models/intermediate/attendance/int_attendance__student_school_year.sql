{{ config(
    materialized="incremental",
    incremental_strategy="append",
    on_schema_change="fail",
    pre_hook="{{ forget_changed_years() }}"
) }}

with day_count as (
    select
        segment.student_id,
        segment.school_year,
        segment.school_id,
        sum(coalesce(last_day.submitted_so_far, 0) - coalesce(day_before.submitted_so_far, 0))
            as enrolled_days,
        sum(coalesce(last_day.scheduled_so_far, 0) - coalesce(day_before.scheduled_so_far, 0))
            as scheduled_days
    from {{ ref('int_attendance__segment') }} as segment
    left join {{ ref('int_attendance__school_day') }} as last_day
        on
            segment.school_id = last_day.school_id
            and segment.school_year = last_day.school_year
            and segment.ends_on = last_day.on_date
    left join {{ ref('int_attendance__school_day') }} as day_before
        on
            segment.school_id = day_before.school_id
            and segment.school_year = day_before.school_year
            and segment.starts_on - 1 = day_before.on_date
    where {{ is_in_changed_year("segment.school_year") }}
    group by segment.student_id, segment.school_year, segment.school_id
),

absence as (
    select
        student_id,
        school_year,
        school_id,
        sum(absent_fraction) as days_absent
    from {{ ref('int_attendance__absence') }}
    where {{ is_in_changed_year("school_year") }}
    group by student_id, school_year, school_id
)

select
    day_count.student_id,
    day_count.school_year,
    day_count.school_id,
    cast(day_count.enrolled_days as integer) as enrolled_days,
    cast(day_count.scheduled_days as integer) as scheduled_days,
    cast(coalesce(absence.days_absent, 0) as numeric(6, 1)) as days_absent
from day_count
left join absence
    on
        day_count.student_id = absence.student_id
        and day_count.school_year = absence.school_year
        and day_count.school_id = absence.school_id
