with ranked as (
    select
        *,
        {{ is_below_four_fifths("passed", "came", "comparison_passed", "comparison_came") }} as is_below,
        {{ is_below_four_fifths("(passed + 1)", "came", "comparison_passed", "comparison_came") }}
            as is_below_with_one_more,
        row_number() over (
            partition by org_kind, org_id, job_group, school_year, stage
            order by p_value, race_group
        ) as p_rank,
        count(p_value) over (partition by org_kind, org_id, job_group, school_year, stage) as p_count
    from {{ ref('int_staffing__selection') }}
),

corrected as (
    select
        *,
        case
            when p_value is not null
                then {{ holm(
                    "p_value", "p_rank", "p_count", "org_kind, org_id, job_group, school_year, stage"
                ) }}
        end as p_holm,
        case
            when not is_compared or comparison_passed = 0 then 'insufficient_n'
            else 'ok'
        end as found_status
    from ranked
),

judged as (
    select
        *,
        case
            when found_status <> 'ok' then 'insufficient_n'
            when is_comparison then 'comparison'
            when is_below and p_holm < {{ var("adverse_impact_alpha") }} then 'disparity'
            when is_below then 'below_four_fifths'
            else 'none'
        end as finding
    from corrected
)

select
    {{ surrogate_key(["org_kind", "org_id", "job_group", "school_year", "stage", "race_group"]) }}
        as k_adverse_impact,
    org_kind,
    org_id,
    case when org_kind = 'school' then {{ surrogate_key(["org_id"]) }} end as k_school,
    job_group,
    case when school_year is null then 'all_years' else 'school_year' end as period_kind,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    stage,
    race_group,
    cast(
        {{ figure(
            "case when found_status = 'ok' then " ~ share("passed * comparison_came", "came * comparison_passed")
            ~ " end"
        ) }} as numeric(14, 10)
    ) as value,
    cast(passed as integer) as numerator,
    cast(came as integer) as denominator,
    cast(came as integer) as n,
    cast(
        {{ figure("case when is_compared then " ~ share("passed", "came") ~ " end") }} as numeric(12, 10)
    ) as selection_rate,
    comparison_group,
    cast({{ figure(share("comparison_passed", "comparison_came")) }} as numeric(12, 10)) as comparison_rate,
    coalesce(is_comparison, false) as is_comparison,
    cast({{ figure("found_status = 'ok' and is_below") }} as boolean) as is_flagged,
    cast({{ figure("p_value") }} as double precision) as p_value,
    cast({{ figure("p_holm") }} as double precision) as p_holm,
    cast(
        {{ figure("found_status = 'ok' and is_below and passed < came and not is_below_with_one_more") }}
        as boolean
    ) as is_flipped_by_one_more,
    {{ figure_status("finding") }} as finding,
    {{ as_of() }} as as_of,
    {{ figure_status("found_status") }} as status
from judged
