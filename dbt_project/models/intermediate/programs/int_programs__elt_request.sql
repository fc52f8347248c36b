{{ config(materialized="view") }}

-- Requests with what became of them; sessions count for the student's own seat.
with session as (
    select
        school_id,
        elt_term,
        program,
        on_date,
        minutes
    from {{ ref('stg_programs__elt_session') }}
    where {{ is_current() }}
),

attended as (
    select
        attendance.student_id,
        attendance.school_id,
        attendance.elt_term,
        attendance.program,
        count(*) as sessions,
        count(*) filter (where attendance.is_present) as sessions_attended,
        sum(session.minutes) filter (where attendance.is_present) as minutes_attended
    from {{ ref('stg_programs__elt_attendance') }} as attendance
    left join session
        on
            attendance.school_id = session.school_id
            and attendance.elt_term = session.elt_term
            and attendance.program = session.program
            and attendance.on_date = session.on_date
    where {{ is_current("attendance") }}
    group by attendance.student_id, attendance.school_id, attendance.elt_term, attendance.program
),

request as (
    select
        elt_request.*,
        {{ school_year("elt_request.requested_on") }} as school_year,
        coalesce(elt_request.decision = 'offered', false) as is_offered,
        coalesce(elt_request.decision = 'offered' and elt_request.answer = 'accepted', false) as is_seated
    from {{ ref('stg_programs__elt_request') }} as elt_request
    where {{ is_current("elt_request") }}
)

select
    request.request_id,
    request.student_id,
    request.school_id,
    request.school_year,
    request.elt_term,
    request.program,
    request.stream,
    request.origin,
    request.screening_score,
    request.requested_on,
    request.decision,
    request.decided_on,
    request.answer,
    request.answered_on,
    request.is_offered,
    request.is_seated,
    cast(coalesce(attended.sessions, 0) as integer) as sessions,
    cast(coalesce(attended.sessions_attended, 0) as integer) as sessions_attended,
    cast(coalesce(attended.minutes_attended, 0) as integer) as minutes_attended
from request
left join attended
    on
        request.is_seated
        and request.student_id = attended.student_id
        and request.school_id = attended.school_id
        and request.elt_term = attended.elt_term
        and request.program = attended.program
