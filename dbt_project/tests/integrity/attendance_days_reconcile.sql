with by_day as (
    select
        school_year,
        sum(enrolled_students) as enrolled_days,
        sum(days_absent) as days_absent
    from {{ ref('fct_attendance_day') }}
    group by school_year
),

by_student as (
    select
        school_year,
        sum(enrolled_days) as enrolled_days,
        sum(days_absent) as days_absent
    from {{ ref('fct_attendance_student_year') }}
    group by school_year
)

select
    by_student.school_year,
    by_day.enrolled_days as enrolled_days_by_day,
    by_student.enrolled_days as enrolled_days_by_student,
    by_day.days_absent as days_absent_by_day,
    by_student.days_absent as days_absent_by_student
from by_student
left join by_day on by_student.school_year = by_day.school_year
where
    coalesce(by_day.enrolled_days, 0) <> by_student.enrolled_days
    or coalesce(by_day.days_absent, 0) <> by_student.days_absent
