{{ config(materialized="view") }}

-- Every version of a result that was known by the as-of day, with what the seed says of its level.
select
    result.student_id,
    result.school_id,
    result.district_id,
    result.assessment,
    result.subject,
    result.school_year,
    result.administration,
    result.grade,
    result.administered_on,
    result.scale_score,
    result.level,
    coalesce(achievement_level.is_tested, result.scale_score is not null) as is_tested,
    achievement_level.is_proficient,
    result.known_on,
    {{ superseded_by_as_of("result") }} as superseded_on
from {{ ref('stg_sis__assessment_result') }} as result
left join {{ ref('achievement_level') }} as achievement_level
    on
        result.assessment = achievement_level.assessment
        and result.level = achievement_level.level
where result.known_on <= {{ as_of() }}
