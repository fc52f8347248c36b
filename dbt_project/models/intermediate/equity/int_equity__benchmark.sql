{{ config(materialized="view") }}

-- The state's rate of each outcome among its students outside a group, until the next year is published.
select
    everyone.indicator as outcome,
    in_group.subgroup_kind,
    in_group.subgroup,
    everyone.school_year,
    lead(everyone.school_year) over (
        partition by everyone.indicator, in_group.subgroup_kind, in_group.subgroup
        order by everyone.school_year
    ) as next_school_year,
    cast(
        greatest(
            {{ share(
                "everyone.rate * everyone.students - in_group.rate * in_group.students",
                "everyone.students - in_group.students"
            ) }},
            0
        )
        as numeric(12, 9)
    ) as rate
from {{ ref('stg_state__benchmark_rate') }} as everyone
inner join {{ ref('stg_state__benchmark_rate') }} as in_group
    on
        everyone.indicator = in_group.indicator
        and everyone.school_year = in_group.school_year
        and in_group.subgroup_kind <> 'all'
where
    everyone.subgroup_kind = 'all'
    and {{ is_current("everyone") }}
    and {{ is_current("in_group") }}
