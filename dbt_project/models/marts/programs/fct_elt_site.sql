select
    school_id,
    elt_term,
    program,
    stream,
    capacity,
    starts_on,
    ends_on
from {{ ref('int_programs__elt_site') }}
