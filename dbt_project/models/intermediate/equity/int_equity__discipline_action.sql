{{ config(materialized="view") }}

-- Actions of discipline as they stand, with the kind that the seed gives their code.
select
    discipline_action.action_id,
    discipline_action.student_id,
    discipline_action.school_id,
    discipline_action.on_date,
    {{ school_year("discipline_action.on_date") }} as school_year,
    discipline_action.code,
    coalesce(discipline_code.kind, 'other') as action_kind,
    discipline_action.days,
    discipline_action.is_discretionary
from {{ ref('stg_sis__discipline_action') }} as discipline_action
left join {{ ref('discipline_code') }} as discipline_code
    on discipline_action.code = discipline_code.code
where {{ is_current("discipline_action") }}
