{{ config(meta={"optional_parents": ["stg_sis__assessment_result"]}) }}

-- The last spell of the year that began is the student's own school; where a district has no enrolments at
-- all for a student and year, the place of the last assessment stands in, and the student is not enrolled.
with spell as (
    select
        student_id,
        school_year,
        school_id,
        grade,
        entered_on as at_on,
        least(exited_on, {{ year_ends_on("school_year") }}, {{ as_of() }}) as last_on,
        1 as preference
    from {{ ref('stg_sis__school_enrollment') }}
    where
        {{ is_current() }}
        and entered_on <= {{ as_of() }}
        and (exited_on is null or exited_on >= entered_on)
),

tested as (
    select
        student_id,
        school_year,
        school_id,
        grade,
        administered_on as at_on,
        least({{ year_ends_on("school_year") }}, {{ as_of() }}) as last_on,
        2 as preference
    from {{ ref('stg_sis__assessment_result') }}
    where {{ is_current() }}
),

together as (
    select * from spell
    union all
    select * from tested
)

select distinct on (student_id, school_year)
    student_id,
    school_year,
    school_id,
    grade,
    last_on,
    preference = 1 as is_enrolled
from together
order by student_id, school_year, preference, at_on desc nulls last, school_id, grade
