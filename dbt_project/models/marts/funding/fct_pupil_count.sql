select
    {{ surrogate_key(["school_id", "fiscal_year"]) }} as k_pupil_count,
    {{ surrogate_key(["school_id"]) }} as k_school,
    school_id,
    fiscal_year,
    {{ year_ends_on("fiscal_year") }} as year_ends_on,
    {{ pupil_count_on("fiscal_year") }} as count_on,
    pupils,
    need_pupils,
    weighted_pupils
from {{ ref('int_funding__pupil') }}
