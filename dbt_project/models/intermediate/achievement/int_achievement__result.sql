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
    result.is_tested,
    result.is_proficient
from {{ ref('int_achievement__result_version') }} as result
left join {{ ref('int_core__student_year') }} as student_year
    on
        result.student_id = student_year.student_id
        and result.school_year = student_year.school_year
where result.superseded_on is null
