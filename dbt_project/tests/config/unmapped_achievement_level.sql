select
    result.assessment,
    result.level,
    count(*) as results
from {{ ref('stg_sis__assessment_result') }} as result
left join {{ ref('achievement_level') }} as achievement_level
    on
        result.assessment = achievement_level.assessment
        and result.level = achievement_level.level
where
    {{ is_current("result") }}
    and result.level is not null
    and achievement_level.level is null
group by result.assessment, result.level
