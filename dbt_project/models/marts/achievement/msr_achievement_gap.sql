with mean_and_variance as (
    select
        pair.*,
        {{ share("score_sum", "scored") }} as mean_a,
        {{ share("score_sum_b", "scored_b") }} as mean_b,
        (score_square_sum - {{ share("score_sum * score_sum", "scored") }})
        / nullif(scored - 1, 0) as variance_a,
        (score_square_sum_b - {{ share("score_sum_b * score_sum_b", "scored_b") }}) / nullif(scored_b - 1, 0)
            as variance_b
    from {{ ref('int_achievement__pair') }} as pair
),

difference as (
    select
        mean_and_variance.*,
        scored >= {{ var("gap_min_n") }} and scored_b >= {{ var("gap_min_n") }} as is_enough,
        {{ cohen_d("mean_a", "variance_a", "scored", "mean_b", "variance_b", "scored_b") }} as d
    from mean_and_variance
),

corrected as (
    select
        difference.*,
        d * {{ hedges_correction("scored", "scored_b") }} as g,
        {{ cohen_d_error("d", "scored", "scored_b") }}
        * {{ hedges_correction("scored", "scored_b") }} as g_error
    from difference
)

select
    {{ surrogate_key([
        "org_kind", "org_id", "assessment", "administration", "subject", "grade", "school_year",
        "subgroup_kind", "subgroup"
    ]) }} as k_achievement_gap,
    org_kind,
    org_id,
    case when org_kind = 'school' then {{ surrogate_key(["org_id"]) }} end as k_school,
    assessment,
    administration,
    subject,
    grade,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    subgroup_kind,
    subgroup,
    comparison,
    cast(scored as integer) as n,
    cast(scored_b as integer) as comparison_n,
    cast(mean_a as numeric(12, 4)) as mean_score,
    cast(mean_b as numeric(12, 4)) as comparison_mean_score,
    cast({{ figure("case when is_enough then g end") }} as numeric(9, 6)) as value,
    cast({{ figure("case when is_enough then g - 1.96 * g_error end") }} as numeric(9, 6)) as interval_low,
    cast({{ figure("case when is_enough then g + 1.96 * g_error end") }} as numeric(9, 6)) as interval_high,
    cast(
        {{ figure(
            "case when is_enough then " ~ share("proficient", "levelled")
            ~ " - " ~ share("proficient_b", "levelled_b") ~ " end"
        ) }} as numeric(9, 6)
    ) as proficiency_gap,
    {{ as_of() }} as as_of,
    {{ figure_status("case when is_enough and g is not null then 'ok' else 'insufficient_n' end") }} as status
from corrected
