select
    {{ surrogate_key(["school_id"]) }} as k_school,
    school_id,
    school_name,
    level,
    network_id,
    opened_on,
    closed_on,
    coalesce(opened_on <= {{ as_of() }}, true) and coalesce(closed_on >= {{ as_of() }}, true) as is_open
from {{ ref('int_core__school') }}
