-- Absence follows the student: days add up over every school of the year.
with totals as (
    select
        student_id,
        school_year,
        cast(sum(enrolled_days) as integer) as enrolled_days,
        cast(sum(scheduled_days) as integer) as scheduled_days,
        cast(sum(days_absent) as numeric(6, 1)) as days_absent
    from {{ ref('int_attendance__student_school_year') }}
    group by student_id, school_year
)

select
    student_year.student_id,
    student_year.school_year,
    student_year.school_id,
    coalesce(totals.enrolled_days, 0) as enrolled_days,
    coalesce(totals.scheduled_days, 0) as scheduled_days,
    cast(coalesce(totals.days_absent, 0) as numeric(6, 1)) as days_absent,
    coalesce({{ is_rated("totals.enrolled_days") }}, false) as is_rated,
    coalesce({{ is_chronic("totals.days_absent", "totals.enrolled_days") }}, false) as is_chronic
from {{ ref('int_core__student_year') }} as student_year
left join totals
    on
        student_year.student_id = totals.student_id
        and student_year.school_year = totals.school_year
