select
    school_id,
    elt_term,
    program,
    stream,
    capacity,
    starts_on,
    ends_on
from {{ ref('stg_programs__elt_site') }}
where {{ is_current() }}
