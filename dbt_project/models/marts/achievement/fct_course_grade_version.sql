{{ config(
    materialized="incremental",
    incremental_strategy="delete+insert",
    on_schema_change="fail",
    unique_key=["student_id", "course_id", "term_id", "known_on"],
    pre_hook="{{ forget_new_versions() }}"
) }}

with course as (
    select distinct on (course_id)
        course_id,
        subject,
        is_core
    from {{ ref('stg_sis__course') }}
    where {{ is_current() }}
    order by course_id, known_on desc, feed
),

-- A course that is told anew tells its old grades anew.
changed_course as (
    select course_id
    from {{ ref('stg_sis__course') }} as course
    where {{ is_new_version("course") }}
)

select
    course_grade.student_id,
    course_grade.school_id,
    course_grade.course_id,
    course_grade.term_id,
    course_grade.school_year,
    course.subject,
    coalesce(course.is_core, false) as is_core,
    course_grade.mark,
    course_grade.points,
    mark.is_failing,
    course_grade.posted_on,
    course_grade.known_on,
    {{ superseded_by_as_of("course_grade") }} as superseded_on
from {{ ref('stg_sis__course_grade') }} as course_grade
left join course on course_grade.course_id = course.course_id
left join {{ ref('mark') }} as mark on course_grade.mark = mark.mark
where
    course_grade.known_on <= {{ as_of() }}
    and (
        {{ is_new_version("course_grade") }}
        or course_grade.course_id in (select course_id from changed_course)
    )
