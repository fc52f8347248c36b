-- Facts that grow are added to: each holds as many versions as have landed, and as many that have ended.
with held as (
    select
        'fct_attendance_version' as fact,
        count(*) as versions,
        count(superseded_on) as ended
    from {{ ref('fct_attendance_version') }}
    union all
    select
        'fct_assessment_version' as fact,
        count(*) as versions,
        count(superseded_on) as ended
    from {{ ref('fct_assessment_version') }}
    union all
    select
        'fct_course_grade_version' as fact,
        count(*) as versions,
        count(superseded_on) as ended
    from {{ ref('fct_course_grade_version') }}
),

landed as (
    select
        'fct_attendance_version' as fact,
        count(*) as versions,
        count({{ superseded_by_as_of() }}) as ended
    from {{ ref('stg_sis__attendance_event') }}
    where known_on <= {{ as_of() }}
    union all
    select
        'fct_assessment_version' as fact,
        count(*) as versions,
        count({{ superseded_by_as_of() }}) as ended
    from {{ ref('stg_sis__assessment_result') }}
    where known_on <= {{ as_of() }}
    union all
    select
        'fct_course_grade_version' as fact,
        count(*) as versions,
        count({{ superseded_by_as_of() }}) as ended
    from {{ ref('stg_sis__course_grade') }}
    where known_on <= {{ as_of() }}
)

select
    held.fact,
    held.versions,
    held.ended,
    landed.versions as landed_versions,
    landed.ended as landed_ended
from held
inner join landed on held.fact = landed.fact
where held.versions <> landed.versions or held.ended <> landed.ended
