-- A group against all other students of the same district or school; an alternate ratio where the others are
-- too few, against the state's students outside the group.
with outcome as (
    {% for outcome in equity_outcomes() -%}
    select
        org_kind,
        org_id,
        school_year,
        subgroup_kind,
        subgroup,
        '{{ outcome.name }}' as outcome,
        {{ outcome.affected }} as affected,
        {{ outcome.eligible }} as eligible,
        {{ outcome.collected }} as is_collected,
        {{ "true" if is_incomplete(beside=beside_outcome(outcome.needs)) else "false" }} as is_incomplete
    from {{ ref('int_equity__subgroup') }}
    where
        org_kind in ('district', 'school')
        and subgroup_kind <> 'grade'
        and subgroup <> '{{ outcome.itself }}'
    {% if not loop.last %}union all
    {% endif %}
    {%- endfor %}
),

published as (
    select
        everyone.indicator as outcome,
        in_group.subgroup_kind,
        in_group.subgroup,
        everyone.school_year,
        lead(everyone.school_year) over (
            partition by everyone.indicator, in_group.subgroup_kind, in_group.subgroup
            order by everyone.school_year
        ) as next_school_year,
        greatest(
            {{ share(
                "everyone.rate * everyone.students - in_group.rate * in_group.students",
                "everyone.students - in_group.students"
            ) }},
            0
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
),

with_everyone as (
    select
        outcome.*,
        max(affected) filter (where subgroup_kind = 'all') over everyone as all_affected,
        max(eligible) filter (where subgroup_kind = 'all') over everyone as all_eligible
    from outcome
    window everyone as (partition by org_kind, org_id, school_year, outcome)
),

compared as (
    select
        in_group.*,
        in_group.all_affected - in_group.affected as other_affected,
        in_group.all_eligible - in_group.eligible as other_eligible,
        published.rate as state_rate,
        published.school_year as state_school_year
    from with_everyone as in_group
    left join published
        on
            in_group.outcome = published.outcome
            and in_group.subgroup_kind = published.subgroup_kind
            and in_group.subgroup = published.subgroup
            and in_group.school_year >= published.school_year
            and (published.next_school_year is null or in_group.school_year < published.next_school_year)
    where in_group.subgroup_kind <> 'all'
),

kind as (
    select
        compared.*,
        case
            when is_incomplete or not is_collected then null
            when not {{ is_enough_for_risk("affected", "eligible") }} then null
            when {{ is_enough_for_risk("other_affected", "other_eligible") }} then 'risk_ratio'
            when state_rate > 0 then 'alternate_risk_ratio'
        end as ratio_kind
    from compared
)

select
    {{ surrogate_key(["org_kind", "org_id", "outcome", "school_year", "subgroup_kind", "subgroup"]) }}
        as k_risk_ratio,
    org_kind,
    org_id,
    outcome,
    school_year,
    subgroup_kind,
    subgroup,
    ratio_kind,
    cast(
        case
            when ratio_kind = 'risk_ratio'
                then
                    {{ share("affected", "eligible") }}
                    / nullif({{ share("other_affected", "other_eligible") }}, 0)
            when ratio_kind = 'alternate_risk_ratio' then {{ share("affected", "eligible") }} / state_rate
        end as numeric(12, 6)
    ) as value,
    affected as numerator,
    eligible as denominator,
    other_affected as comparison_numerator,
    other_eligible as comparison_denominator,
    cast(case when ratio_kind = 'alternate_risk_ratio' then state_rate end as numeric(9, 6)) as state_rate,
    case when ratio_kind = 'alternate_risk_ratio' then state_school_year end as state_school_year,
    eligible as n,
    {{ as_of() }} as as_of,
    case
        when is_incomplete then 'incomplete_feed'
        when not is_collected then 'not_collected'
        when ratio_kind is null then 'insufficient_n'
        else 'ok'
    end as status
from kind
