-- Applications with the first day that the student attended: submitted attendance, and not absent all
-- day. It is looked for in the first school year in which the student was enrolled on or after the day
-- of enrolment.
with application as (
    select distinct on (application_id)
        application_id,
        student_id,
        school_id,
        grade,
        coalesce(home_language, 'unknown') as home_language,
        coalesce(program, 'unknown') as program,
        submitted_on,
        completed_on,
        placed_on,
        notified_on,
        enrolled_on,
        withdrawn_on
    from {{ ref('stg_community__registration') }}
    where {{ is_current() }} and submitted_on <= {{ as_of() }}
    order by application_id, known_on desc, feed
),

spell as (
    select
        application.application_id,
        application.student_id,
        segment.school_id,
        segment.school_year,
        greatest(segment.starts_on, coalesce(application.enrolled_on, application.submitted_on)) as starts_on,
        segment.ends_on,
        min(segment.school_year) over (partition by application.application_id) as first_school_year
    from application
    inner join {{ ref('int_attendance__segment') }} as segment
        on
            application.student_id = segment.student_id
            and segment.ends_on >= coalesce(application.enrolled_on, application.submitted_on)
),

absent_day as (
    select distinct
        student_id,
        on_date
    from {{ ref('int_attendance__absence') }}
    where absent_fraction = 1 and student_id in (select student_id from spell)
),

attended as (
    select
        spell.application_id,
        min(school_day.on_date) as first_attended_on
    from spell
    inner join {{ ref('int_attendance__school_day') }} as school_day
        on
            spell.school_id = school_day.school_id
            and spell.school_year = school_day.school_year
            and school_day.is_submitted
            and school_day.on_date between spell.starts_on and spell.ends_on
    left join absent_day
        on
            spell.student_id = absent_day.student_id
            and school_day.on_date = absent_day.on_date
    where spell.school_year = spell.first_school_year and absent_day.student_id is null
    group by spell.application_id
)

select
    application.*,
    attended.first_attended_on,
    case
        when application.withdrawn_on is not null then 'withdrawn'
        when attended.first_attended_on is not null then 'attended'
        when application.enrolled_on is not null then 'enrolled'
        when application.notified_on is not null then 'notified'
        when application.placed_on is not null then 'placed'
        when application.completed_on is not null then 'complete'
        else 'submitted'
    end as stage,
    {{ school_year("application.submitted_on") }} as school_year
from application
left join attended using (application_id)
