select
    {{ surrogate_key(["network_id"]) }} as k_network,
    network_id,
    count(*) as schools,
    count(*) filter (
        where coalesce(opened_on <= {{ as_of() }}, true) and coalesce(closed_on >= {{ as_of() }}, true)
    ) as open_schools
from {{ ref('int_core__school') }}
where network_id is not null
group by network_id
