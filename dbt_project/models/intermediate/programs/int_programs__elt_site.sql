{{ config(materialized="view") }}

-- Sites of extended learning time as they stand, each with its term, programme and seats.
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
