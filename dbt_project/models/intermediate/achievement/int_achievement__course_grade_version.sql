{{ config(materialized="view") }}

-- Every version of a grade that was known by the as-of day, with its course as it stands and what the seed
-- says of its mark.
with course as (
    select distinct on (course_id)
        course_id,
        subject,
        is_core
    from {{ ref('stg_sis__course') }}
    where {{ is_current() }}
    order by course_id, known_on desc, feed
),

course_change as (
    select
        course_id,
        max(greatest(known_on, superseded_on)) as changed_on
    from {{ ref('stg_sis__course') }}
    group by course_id
)

select
    course_grade.student_id,
    course_grade.school_id,
    course_grade.course_id,
    course_grade.term_id,
    course_grade.school_year,
    course.subject,
    coalesce(course.is_core, false) as is_core,
    course_change.changed_on as course_changed_on,
    course_grade.mark,
    course_grade.points,
    mark.is_failing,
    course_grade.posted_on,
    course_grade.known_on,
    {{ superseded_by_as_of("course_grade") }} as superseded_on
from {{ ref('stg_sis__course_grade') }} as course_grade
left join course on course_grade.course_id = course.course_id
left join course_change on course_grade.course_id = course_change.course_id
left join {{ ref('mark') }} as mark on course_grade.mark = mark.mark
where course_grade.known_on <= {{ as_of() }}
