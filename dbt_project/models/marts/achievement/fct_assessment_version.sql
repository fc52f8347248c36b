{{ config(
    materialized="incremental",
    incremental_strategy="delete+insert",
    on_schema_change="fail",
    unique_key=["student_id", "assessment", "subject", "school_year", "administration", "known_on"],
    pre_hook="{{ forget_new_versions() }}"
) }}

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
    achievement_level.is_proficient,
    result.known_on,
    {{ superseded_by_as_of("result") }} as superseded_on
from {{ ref('stg_sis__assessment_result') }} as result
left join {{ ref('achievement_level') }} as achievement_level
    on
        result.assessment = achievement_level.assessment
        and result.level = achievement_level.level
where result.known_on <= {{ as_of() }} and {{ is_new_version("result") }}
