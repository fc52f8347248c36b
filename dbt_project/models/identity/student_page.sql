{{ config(indexes=[{"columns": ["student_id"]}, {"columns": ["school_id"]}]) }}

-- What an intervention team sees of a student on one page, ready to be shown: pages are asked for one by one,
-- and none of them should read a mart from end to end. Who is enrolled today is for the reader's day to say.
with spell as (
    select distinct on (student_id, school_id)
        student_id,
        school_id,
        school_year,
        grade,
        entered_on,
        exited_on
    from {{ ref('int_core__enrollment_version') }}
    where superseded_on is null
    order by student_id, school_id, entered_on desc
),

newest as (
    select max(school_year) as school_year from spell
),

open_spell as (
    select spell.* from spell
    inner join newest on spell.school_year >= newest.school_year - 1
),

day as (
    select
        school_id,
        school_year,
        on_date,
        cast(date_trunc('week', on_date) as date) as week
    from {{ ref('int_attendance__school_day') }}
    where is_submitted
),

segment as (
    select segment.*
    from {{ ref('int_attendance__segment') }} as segment
    where exists (
        select 1 from open_spell as spell
        where spell.student_id = segment.student_id and spell.school_year = segment.school_year
    )
),

-- Most students of a school are there from its first day to its last: their days are counted once.
stay as (
    select distinct
        school_id,
        school_year,
        starts_on,
        ends_on
    from segment
),

stay_week as (
    select
        stay.school_id,
        stay.school_year,
        stay.starts_on,
        stay.ends_on,
        day.week,
        count(*) as days
    from stay
    inner join day
        on
            stay.school_id = day.school_id
            and stay.school_year = day.school_year
            and day.on_date between stay.starts_on and stay.ends_on
    group by stay.school_id, stay.school_year, stay.starts_on, stay.ends_on, day.week
),

absence as (
    select
        student_id,
        school_year,
        cast(date_trunc('week', on_date) as date) as week,
        sum(absent_fraction) as absent
    from {{ ref('int_attendance__absence') }}
    group by student_id, school_year, week
),

week as (
    select
        segment.student_id,
        segment.school_year,
        stay_week.week,
        sum(stay_week.days) as days
    from segment
    inner join stay_week
        on
            segment.school_id = stay_week.school_id
            and segment.school_year = stay_week.school_year
            and segment.starts_on = stay_week.starts_on
            and segment.ends_on = stay_week.ends_on
    group by segment.student_id, segment.school_year, stay_week.week
),

weeks as (
    select
        week.student_id,
        week.school_year,
        jsonb_agg(
            jsonb_build_object('week', week.week, 'days', week.days, 'absent', coalesce(absence.absent, 0))
            order by week.week
        ) as attendance
    from week
    left join absence
        on
            week.student_id = absence.student_id
            and week.school_year = absence.school_year
            and week.week = absence.week
    group by week.student_id, week.school_year
),

term as (
    select distinct on (term_id)
        term_id,
        title
    from {{ ref('stg_sis__term') }}
    where {{ is_current() }}
    order by term_id, known_on desc, feed
),

course as (
    select distinct on (course_id)
        course_id,
        title
    from {{ ref('stg_sis__course') }}
    where {{ is_current() }}
    order by course_id, known_on desc, feed
),

marks as (
    select
        course_grade.student_id,
        jsonb_agg(
            jsonb_build_object(
                'school_year', course_grade.school_year,
                'term', coalesce(term.title, course_grade.term_id),
                'course', coalesce(course.title, course_grade.course_id),
                'is_core', course_grade.is_core,
                'mark', course_grade.mark,
                'is_failing', course_grade.is_failing,
                'posted_on', course_grade.posted_on
            ) order by course_grade.posted_on, course.title, course_grade.course_id
        ) as marks
    from {{ ref('int_achievement__course_grade_version') }} as course_grade
    cross join newest
    left join term on course_grade.term_id = term.term_id
    left join course on course_grade.course_id = course.course_id
    where course_grade.superseded_on is null and course_grade.school_year >= newest.school_year - 1
    group by course_grade.student_id
),

result as (
    select *
    from {{ ref('int_achievement__result_version') }}
    where superseded_on is null and scale_score is not null
),

-- The lowest score that counts as proficient, among all students with the same test.
cut as (
    select
        assessment,
        subject,
        school_year,
        administration,
        grade,
        min(scale_score) filter (where is_proficient) as cut
    from result
    group by assessment, subject, school_year, administration, grade
),

results as (
    select
        result.student_id,
        jsonb_agg(
            jsonb_build_object(
                'assessment', result.assessment,
                'subject', result.subject,
                'school_year', result.school_year,
                'administration', result.administration,
                'administered_on', result.administered_on,
                'score', result.scale_score,
                'cut', cut.cut,
                'is_proficient', result.is_proficient
            ) order by result.administered_on, result.subject
        ) as results
    from result
    cross join newest
    inner join cut
        on
            result.assessment = cut.assessment
            and result.subject = cut.subject
            and result.school_year = cut.school_year
            and result.administration = cut.administration
            and result.grade is not distinct from cut.grade
    where result.school_year >= newest.school_year - 2
    group by result.student_id
),

-- Supports that a team plans around. Other programmes tell of a family's money or home: not its business.
supports as (
    select
        student_id,
        jsonb_agg(
            jsonb_build_object('program', program, 'level', level, 'begins_on', begins_on, 'ends_on', ends_on)
            order by begins_on, program
        ) as supports
    from {{ ref('int_programs__participation_version') }}
    where superseded_on is null and program in ('el', 'swd')
    group by student_id
),

elt as (
    select
        student_id,
        jsonb_agg(
            jsonb_build_object(
                'elt_term', elt_term,
                'program', program,
                'stream', stream,
                'requested_on', requested_on,
                'decision', decision,
                'answer', answer,
                'sessions', sessions,
                'sessions_attended', sessions_attended,
                'minutes_attended', minutes_attended
            ) order by requested_on, program
        ) as elt
    from {{ ref('int_programs__elt_request') }}
    group by student_id
)

select
    spell.student_id,
    spell.school_id,
    name.given_name,
    name.family_name,
    spell.grade,
    spell.school_year,
    spell.entered_on,
    spell.exited_on,
    coalesce(weeks.attendance, '[]') as attendance,
    coalesce(marks.marks, '[]') as marks,
    coalesce(results.results, '[]') as results,
    coalesce(supports.supports, '[]') as supports,
    coalesce(elt.elt, '[]') as elt
from open_spell as spell
left join {{ ref('student_name') }} as name on spell.student_id = name.student_id
left join weeks on spell.student_id = weeks.student_id and spell.school_year = weeks.school_year
left join marks on spell.student_id = marks.student_id
left join results on spell.student_id = results.student_id
left join supports on spell.student_id = supports.student_id
left join elt on spell.student_id = elt.student_id
