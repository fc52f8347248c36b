select
    {{ surrogate_key(["school_id", "valid_from"]) }} as k_school_network,
    {{ surrogate_key(["school_id"]) }} as k_school,
    {{ surrogate_key(["network_id"]) }} as k_network,
    school_id,
    network_id,
    valid_from,
    valid_to,
    valid_from <= {{ as_of() }} and (valid_to is null or valid_to >= {{ as_of() }}) as is_in_force
from {{ ref('int_core__school_network') }}
