-- Who took an advanced course in a school year, by a seat in a section or by a mark. A source that shows
-- the seats of the current year alone has the marks of the earlier ones.
with course as (
    -- The last that was known of a course, also of one that this year's catalogue no longer holds.
    select distinct on (course_id)
        course_id,
        is_advanced
    from {{ ref('stg_sis__course') }}
    where known_on <= {{ as_of() }}
    order by course_id, known_on desc, feed
),

section as (
    select distinct on (section_id)
        section_id,
        course_id,
        split_part(term_ids, ',', 1) as term_id
    from {{ ref('stg_sis__section') }}
    where {{ is_current() }}
    order by section_id, known_on desc, feed
),

term as (
    select distinct on (term_id)
        term_id,
        school_year
    from {{ ref('stg_sis__term') }}
    where {{ is_current() }}
    order by term_id, known_on desc, feed
),

taken as (
    select
        seat.person_id as student_id,
        section.course_id,
        coalesce({{ school_year("seat.begins_on") }}, term.school_year) as school_year
    from {{ ref('stg_sis__section_enrollment') }} as seat
    inner join section on seat.section_id = section.section_id
    left join term on section.term_id = term.term_id
    where
        {{ is_current("seat") }}
        and seat.role = 'student'
        and (seat.begins_on is null or seat.begins_on <= {{ as_of() }})
    union all
    select
        student_id,
        course_id,
        school_year
    from {{ ref('stg_sis__course_grade') }}
    where {{ is_current() }}
)

select distinct
    taken.student_id,
    taken.school_year
from taken
inner join course on taken.course_id = course.course_id
where course.is_advanced and taken.school_year is not null
