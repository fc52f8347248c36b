select
    result.student_id,
    result.school_id,
    result.district_id,
    result.assessment,
    result.subject,
    result.school_year,
    result.administration,
    coalesce(result.grade, student_year.grade, 'unknown') as grade,
    result.scale_score,
    result.level,
    coalesce(achievement_level.is_tested, result.scale_score is not null) as is_tested,
    achievement_level.is_proficient
from {{ ref('stg_sis__assessment_result') }} as result
left join {{ ref('achievement_level') }} as achievement_level
    on
        result.assessment = achievement_level.assessment
        and result.level = achievement_level.level
left join {{ ref('int_core__student_year') }} as student_year
    on
        result.student_id = student_year.student_id
        and result.school_year = student_year.school_year
where {{ is_current("result") }}
