select
    code,
    count(*) as events
from {{ ref('stg_sis__attendance_event') }}
where
    {{ is_current() }}
    and code not in (select attendance_code.code from {{ ref('attendance_code') }} as attendance_code)
group by code
