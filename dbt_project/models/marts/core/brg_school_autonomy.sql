select
    {{ surrogate_key(["school_id", "autonomy", "begins_on"]) }} as k_school_autonomy,
    {{ surrogate_key(["school_id"]) }} as k_school,
    {{ surrogate_key(["network_id"]) }} as k_network,
    school_id,
    network_id,
    autonomy,
    begins_on,
    ends_on,
    begins_on <= {{ as_of() }} and (ends_on is null or ends_on >= {{ as_of() }}) as is_in_force
from {{ ref('int_core__school_autonomy') }}
