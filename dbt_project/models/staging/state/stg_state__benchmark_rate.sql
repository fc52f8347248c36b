select
    indicator,
    school_year,
    subgroup_kind,
    subgroup,
    rate,
    students,
    _known_on as known_on,
    _superseded_on as superseded_on,
    _feed as feed,
    cast(_key as text) as row_key
from {{ source('state', 'state_benchmark_rate') }}
