select
    indicator,
    count(*) as targets
from {{ ref('stg_plans__school_target') }}
where
    {{ is_current() }}
    and indicator not in (select known.indicator from {{ ref('indicator') }} as known)
group by indicator
