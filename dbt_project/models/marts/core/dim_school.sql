select
    {{ surrogate_key(["school_id"]) }} as k_school,
    school_id,
    school_name,
    level,
    network_id,
    opened_on,
    closed_on
from {{ ref('int_core__school') }}
