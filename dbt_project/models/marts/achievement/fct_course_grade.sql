{{ config(
    materialized="incremental",
    incremental_strategy="delete+insert",
    on_schema_change="fail",
    unique_key=["student_id", "course_id", "term_id"],
    pre_hook="{{ forget_ended_versions(ref('int_achievement__course_grade_version')) }}"
) }}

-- A course that is told anew tells its old grades anew.
with course_grade as materialized (
    select *
    from {{ ref('int_achievement__course_grade_version') }} as course_grade
    where
        superseded_on is null
        and (
            {{ is_new_version("course_grade") }}
            or {{ is_since_the_last_build("course_grade.course_changed_on") }}
        )
),

-- A pseudonym costs more than all the rest of a row, and a student has dozens of marks.
student_year as materialized (
    select
        {{ person_key(["student_id", "school_year"]) }} as k_student_year,
        student_id,
        school_year
    from course_grade
    group by student_id, school_year
)

select
    student_year.k_student_year,
    {{ surrogate_key(["course_grade.school_id"]) }} as k_school,
    course_grade.student_id,
    course_grade.school_id,
    course_grade.course_id,
    course_grade.term_id,
    course_grade.school_year,
    course_grade.subject,
    course_grade.is_core,
    course_grade.mark,
    course_grade.points,
    course_grade.is_failing,
    course_grade.posted_on
from course_grade
inner join student_year
    on
        course_grade.student_id = student_year.student_id
        and course_grade.school_year = student_year.school_year
