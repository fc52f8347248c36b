-- What became of each enrolled student in a school year, wherever in the district it happened.
with action as (
    select
        student_id,
        school_year,
        count(*) as actions,
        count(*) filter (where action_kind = 'out_of_school_suspension') as suspensions,
        coalesce(sum(days) filter (where action_kind = 'out_of_school_suspension'), 0) as suspension_days
    from {{ ref('int_equity__discipline_action') }}
    where on_date <= {{ as_of() }}
    group by student_id, school_year
),

marks as (
    select
        course_grade.student_id,
        course_grade.school_year,
        count(*) as marks,
        count(*) filter (where mark.is_failing) as failing_marks
    from {{ ref('stg_sis__course_grade') }} as course_grade
    inner join {{ ref('mark') }} as mark
        on course_grade.mark = mark.mark
    where {{ is_current("course_grade") }}
    group by course_grade.student_id, course_grade.school_year
),

program as (
    select
        student_id,
        school_year,
        bool_or(program = 'swd') as is_swd,
        bool_or(program = 'gifted') as is_gifted
    from {{ ref('int_core__student_program') }}
    group by student_id, school_year
)

select
    student_year.student_id,
    student_year.school_year,
    student_year.school_id,
    coalesce(student_year.grade, 'unknown') as grade,
    coalesce(action.actions, 0) as actions,
    coalesce(action.suspensions, 0) as suspensions,
    cast(coalesce(action.suspension_days, 0) as numeric(9, 3)) as suspension_days,
    coalesce(marks.marks, 0) as marks,
    coalesce(marks.failing_marks, 0) as failing_marks,
    coalesce(attendance.is_rated, false) as is_rated,
    coalesce(attendance.is_chronic, false) as is_chronic,
    coalesce(program.is_swd, false) as is_swd,
    coalesce(program.is_gifted, false) as is_gifted
from {{ ref('int_core__student_year') }} as student_year
left join {{ ref('int_attendance__student_year') }} as attendance
    on
        student_year.student_id = attendance.student_id
        and student_year.school_year = attendance.school_year
left join action
    on
        student_year.student_id = action.student_id
        and student_year.school_year = action.school_year
left join marks
    on
        student_year.student_id = marks.student_id
        and student_year.school_year = marks.school_year
left join program
    on
        student_year.student_id = program.student_id
        and student_year.school_year = program.school_year
where student_year.is_enrolled
