select
    school_id,
    indicator,
    baseline_year,
    target_year
from {{ ref('stg_plans__school_target') }}
where {{ is_current() }} and target_year <= baseline_year
