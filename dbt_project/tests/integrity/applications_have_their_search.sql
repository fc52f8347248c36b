select
    application.application_id,
    application.requisition_id
from {{ ref('stg_hr__application') }} as application
where
    {{ is_current("application") }}
    and application.applied_on <= {{ as_of() }}
    and application.application_id not in (select fct.application_id from {{ ref('fct_application') }} as fct)
