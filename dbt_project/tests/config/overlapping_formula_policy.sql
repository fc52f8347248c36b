with policy as (
    select
        'formula_weight' as seed,
        student_group as name,
        valid_from,
        valid_to
    from {{ ref('formula_weight') }}
    union all
    select
        'formula_amount' as seed,
        name,
        valid_from,
        valid_to
    from {{ ref('formula_amount') }}
),

in_order as (
    select
        *,
        lead(valid_from) over (partition by seed, name order by valid_from) as next_from
    from policy
)

select
    seed,
    name,
    valid_from,
    next_from
from in_order
where next_from is not null and (valid_to is null or valid_to >= next_from)
