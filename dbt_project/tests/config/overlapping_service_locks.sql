select
    earlier.service,
    earlier.valid_from as earlier_from,
    later.valid_from as later_from
from {{ ref('budget_service') }} as earlier
inner join {{ ref('budget_service') }} as later
    on
        earlier.service = later.service
        and earlier.valid_from <= later.valid_from
        and (earlier.valid_to is null or earlier.valid_to >= later.valid_from)
        and (earlier.valid_from, earlier.lock_status) <> (later.valid_from, later.lock_status)
