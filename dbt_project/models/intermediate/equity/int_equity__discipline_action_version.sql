{{ config(materialized="view") }}

-- Every version of an action that was known by the as-of day, with the kind that the seed gives its code.
select
    discipline_action.action_id,
    discipline_action.student_id,
    discipline_action.school_id,
    discipline_action.on_date,
    {{ school_year("discipline_action.on_date") }} as school_year,
    discipline_action.code,
    coalesce(discipline_code.kind, 'other') as action_kind,
    discipline_action.days,
    discipline_action.is_discretionary,
    discipline_action.known_on,
    {{ superseded_by_as_of("discipline_action") }} as superseded_on
from {{ ref('stg_sis__discipline_action') }} as discipline_action
left join {{ ref('discipline_code') }} as discipline_code
    on discipline_action.code = discipline_code.code
where discipline_action.known_on <= {{ as_of() }}
