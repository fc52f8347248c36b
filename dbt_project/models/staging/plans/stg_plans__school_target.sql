select
    school_id,
    indicator,
    school_year as target_year,
    baseline_year,
    baseline,
    target,
    posted_on,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('plans', 'plans_school_target') }}
