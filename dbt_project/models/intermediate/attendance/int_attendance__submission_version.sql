-- A school and day with submitted attendance. Where the source reports every day, a day with any row was
-- submitted.
select
    school_id,
    on_date,
    known_on,
    superseded_on
from {{ ref('stg_sis__attendance_submission') }}
{% if var("attendance_reporting") == "daily" -%}
union all
select
    event.school_id,
    event.on_date,
    min(event.known_on) as known_on,
    case when bool_and(event.superseded_on is not null) then max(event.superseded_on) end as superseded_on
from {{ ref('stg_sis__attendance_event') }} as event
where
    not exists (
        select 1
        from {{ ref('stg_sis__attendance_submission') }} as submission
        where submission.school_id = event.school_id and submission.on_date = event.on_date
    )
group by event.school_id, event.on_date
{%- endif %}
