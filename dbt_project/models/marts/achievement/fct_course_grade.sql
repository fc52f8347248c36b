{{ config(
    materialized="incremental",
    incremental_strategy="delete+insert",
    on_schema_change="fail",
    unique_key=["student_id", "course_id", "term_id"],
    pre_hook="{{ forget_ended_versions(ref('int_achievement__course_grade_version')) }}"
) }}

-- A course that is told anew tells its old grades anew.
select
    {{ person_key(["student_id", "school_year"]) }} as k_student_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    student_id,
    school_id,
    course_id,
    term_id,
    school_year,
    subject,
    is_core,
    mark,
    points,
    is_failing,
    posted_on
from {{ ref('int_achievement__course_grade_version') }} as course_grade
where
    superseded_on is null
    and (
        {{ is_new_version("course_grade") }}
        or {{ is_since_the_last_build("course_grade.course_changed_on") }}
    )
