select
    {{ surrogate_key(["network_id"]) }} as k_network,
    network_id,
    count(distinct school_id) filter (
        where valid_from <= {{ as_of() }} and (valid_to is null or valid_to >= {{ as_of() }})
    ) as schools,
    count(distinct school_id) as schools_ever
from {{ ref('int_core__school_network') }}
group by network_id
