select
    submission.school_id,
    submission.on_date,
    calendar_day.school_year,
    submission.known_on,
    {{ superseded_by_as_of("submission") }} as superseded_on
from {{ ref('int_attendance__submission_version') }} as submission
inner join {{ ref('int_attendance__school_day') }} as calendar_day
    on
        submission.school_id = calendar_day.school_id
        and submission.on_date = calendar_day.on_date
        and calendar_day.is_scheduled
where submission.known_on <= {{ as_of() }}
