{{ config(materialized="view") }}

-- Requests with what became of them, by the office's export or by the desk, whose word is the newer where
-- both speak of a student at a site. Sessions count for the student's own seat.
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

office as (
    select
        elt_request.*,
        row_number() over (
            partition by
                elt_request.student_id, elt_request.school_id, elt_request.elt_term, elt_request.program
            order by elt_request.requested_on desc, elt_request.request_id desc
        ) as nth_newest
    from {{ ref('stg_programs__elt_request') }} as elt_request
    where {{ is_current("elt_request") }}
),

decided as (
    select
        student_id,
        school_id,
        elt_term,
        program,
        1 as nth_newest,
        min(decided_on) as requested_on,
        bool_or(step = 'nominated') as is_nominated,
        max(step) filter (where is_last) as last_step,
        max(decided_on) filter (where step = 'offered') as offered_on,
        max(decided_on) filter (where is_last) as last_on
    from {{ ref('int_programs__elt_decision') }}
    group by student_id, school_id, elt_term, program
),

desk as (
    select
        student_id,
        school_id,
        elt_term,
        program,
        nth_newest,
        requested_on,
        case when is_nominated then 'school' else 'screening' end as origin,
        case
            when last_step in ('offered', 'accepted', 'declined', 'attended') then 'offered'
            when last_step = 'overridden' then 'declined_by_site'
        end as decision,
        case when last_step = 'overridden' then last_on else offered_on end as decided_on,
        case
            when last_step in ('accepted', 'attended') then 'accepted'
            when last_step = 'declined' then 'declined'
        end as answer,
        case when last_step in ('accepted', 'declined', 'attended') then last_on end as answered_on
    from decided
),

request as (
    select
        student_id,
        school_id,
        elt_term,
        program,
        office.screening_score,
        coalesce(
            office.request_id, concat_ws('.', 'desk', elt_term, program, school_id, student_id)
        ) as request_id,
        -- A list is of intervention; enrichment is drawn by lot.
        coalesce(office.stream, 'intervention') as stream,
        coalesce(office.origin, desk.origin) as origin,
        coalesce(office.requested_on, desk.requested_on) as requested_on,
        coalesce(desk.decision, office.decision) as decision,
        case when desk.decision is null then office.decided_on else desk.decided_on end as decided_on,
        case when desk.decision is null then office.answer else desk.answer end as answer,
        case when desk.decision is null then office.answered_on else desk.answered_on end as answered_on
    from office
    full join desk using (student_id, school_id, elt_term, program, nth_newest)
),

judged as (
    select
        request.*,
        {{ school_year("request.requested_on") }} as school_year,
        coalesce(request.decision = 'offered', false) as is_offered,
        coalesce(request.decision = 'offered' and request.answer = 'accepted', false) as is_seated
    from request
)

select
    judged.request_id,
    judged.student_id,
    judged.school_id,
    judged.school_year,
    judged.elt_term,
    judged.program,
    judged.stream,
    judged.origin,
    judged.screening_score,
    judged.requested_on,
    judged.decision,
    judged.decided_on,
    judged.answer,
    judged.answered_on,
    judged.is_offered,
    judged.is_seated,
    cast(coalesce(attended.sessions, 0) as integer) as sessions,
    cast(coalesce(attended.sessions_attended, 0) as integer) as sessions_attended,
    cast(coalesce(attended.minutes_attended, 0) as integer) as minutes_attended
from judged
left join attended
    on
        judged.is_seated
        and judged.student_id = attended.student_id
        and judged.school_id = attended.school_id
        and judged.elt_term = attended.elt_term
        and judged.program = attended.program
