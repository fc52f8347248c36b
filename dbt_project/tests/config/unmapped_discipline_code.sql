select
    code,
    count(*) as actions
from {{ ref('stg_sis__discipline_action') }}
where
    {{ is_current() }}
    and code not in (select discipline_code.code from {{ ref('discipline_code') }} as discipline_code)
group by code
