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
        benchmark.rate as state_rate,
        benchmark.school_year as state_school_year
    from with_everyone as in_group
    left join {{ ref('int_equity__benchmark') }} as benchmark
        on
            in_group.outcome = benchmark.outcome
            and in_group.subgroup_kind = benchmark.subgroup_kind
            and in_group.subgroup = benchmark.subgroup
            and in_group.school_year >= benchmark.school_year
            and (benchmark.next_school_year is null or in_group.school_year < benchmark.next_school_year)
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
    case when org_kind = 'school' then {{ surrogate_key(["org_id"]) }} end as k_school,
    outcome,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
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
