with named as (
    select distinct on (student_id)
        student_id,
        grade,
        primary_school_id,
        home_language,
        is_enabled
    from {{ ref('stg_sis__student') }}
    where {{ is_current() }}
    order by student_id, known_on desc, feed
),

seen as (
    select student_id from named
    union
    select student_id from {{ ref('stg_sis__school_enrollment') }}
    where {{ is_current() }}
    union
    select student_id from {{ ref('stg_sis__student_demographic') }}
    where {{ is_current() }}
    union
    select student_id from {{ ref('stg_sis__assessment_result') }}
    where {{ is_current() }}
)

select
    seen.student_id,
    named.grade,
    named.primary_school_id,
    named.home_language,
    named.is_enabled
from seen
left join named on seen.student_id = named.student_id
