with figures as (
    select
        school_year.school_id,
        school_year.school_year,
        school_year.is_year_over,
        school_year.level,
        school_year.network_id,
        school_year.need_share,
        indicator.indicator,
        indicator.direction,
        indicator.unit,
        indicator.is_proportion,
        given.value,
        given.numerator,
        given.denominator,
        given.n,
        coalesce(
            given.status,
            case
                when {{ is_incomplete_indicator("indicator.indicator") }} then 'incomplete_feed'
                else 'not_collected'
            end
        ) as status
    from {{ ref('int_scorecard__school_year') }} as school_year
    cross join {{ ref('indicator') }} as indicator
    left join {{ ref('int_scorecard__indicator') }} as given
        on
            school_year.school_id = given.school_id
            and school_year.school_year = given.school_year
            and indicator.indicator = given.indicator
),

with_history as (
    select
        figures.*,
        max(value) over (in_time range between 1 preceding and 1 preceding) as value_1_year_ago,
        max(value) over (in_time range between 2 preceding and 2 preceding) as value_2_years_ago,
        max(value) over (in_time range between 3 preceding and 3 preceding) as value_3_years_ago
    from figures
    window in_time as (partition by school_id, indicator order by school_year)
),

network as (
    select
        network_id,
        school_year,
        indicator,
        count(value) as schools,
        percentile_cont(0.5) within group (order by value) as median
    from figures
    where network_id is not null
    group by network_id, school_year, indicator
),

nearness as (
    select
        school.school_id,
        school.school_year,
        other.school_id as peer_id,
        rank() over (
            partition by school.school_id, school.school_year
            order by abs(school.need_share - other.need_share)
        ) as nearness
    from {{ ref('int_scorecard__school_year') }} as school
    inner join {{ ref('int_scorecard__school_year') }} as other
        on
            school.school_year = other.school_year
            and school.level = other.level
            and school.school_id <> other.school_id
    where school.need_share is not null and other.need_share is not null
),

peer as (
    select
        nearness.school_id,
        nearness.school_year,
        figures.indicator,
        count(figures.value) as schools,
        percentile_cont(0.5) within group (order by figures.value) as median
    from nearness
    inner join figures
        on
            nearness.peer_id = figures.school_id
            and nearness.school_year = figures.school_year
    where nearness.nearness <= {{ var("peer_schools") }}
    group by nearness.school_id, nearness.school_year, figures.indicator
),

judged as (
    select
        with_history.*,
        target.baseline_year,
        target.baseline,
        target.target_year,
        target.target,
        least(n, case when is_proportion then denominator end) as people,
        -- An index is its own numerator.
        case when value is not null then coalesce(numerator, value) end as value_part,
        coalesce(denominator, 1) as value_whole,
        with_history.school_year - target.baseline_year as years_gone,
        target.target_year - target.baseline_year as years_in_all
    from with_history
    left join {{ ref('int_scorecard__target') }} as target using (school_id, school_year, indicator)
)

select
    {{ surrogate_key(["judged.school_id", "judged.indicator", "judged.school_year"]) }} as k_scorecard,
    {{ surrogate_key(["judged.school_id"]) }} as k_school,
    judged.school_id,
    judged.level,
    judged.network_id,
    judged.indicator,
    judged.direction,
    judged.unit,
    judged.school_year,
    {{ year_ends_on("judged.school_year") }} as year_ends_on,
    judged.is_year_over,
    cast(judged.value as numeric(14, 6)) as value,
    cast(judged.numerator as numeric(16, 2)) as numerator,
    cast(judged.denominator as numeric(16, 2)) as denominator,
    judged.n,
    cast(case
        when judged.is_proportion and judged.value is not null
            then
                {{ wilson("judged.numerator", "judged.denominator", "-") }}
    end as numeric(9, 6)) as interval_low,
    cast(case
        when judged.is_proportion and judged.value is not null
            then
                {{ wilson("judged.numerator", "judged.denominator", "+") }}
    end as numeric(9, 6)) as interval_high,
    cast(judged.value_1_year_ago as numeric(14, 6)) as value_1_year_ago,
    cast(judged.value_2_years_ago as numeric(14, 6)) as value_2_years_ago,
    cast(judged.value_3_years_ago as numeric(14, 6)) as value_3_years_ago,
    judged.baseline_year,
    cast({{ figure("judged.baseline", ["int_scorecard__target"]) }} as numeric(9, 6)) as baseline,
    judged.target_year,
    cast({{ figure("judged.target", ["int_scorecard__target"]) }} as numeric(9, 6)) as target,
    cast({{ figure(
        "judged.baseline + (judged.target - judged.baseline) * judged.years_gone / judged.years_in_all",
        ["int_scorecard__target"]
    ) }} as numeric(14, 6)) as expected_value,
    {{ figure_status(
        "case when judged.target is null then 'not_collected' else 'ok' end", ["int_scorecard__target"]
    ) }} as target_status,
    cast({{ figure(
        verdict(
            "judged.value_part", "judged.value_whole", "judged.people", "judged.direction", "judged.baseline",
            "judged.target", "judged.years_gone", "judged.years_in_all"
        ),
        ["int_scorecard__target"]
    ) }} as text) as verdict,
    cast({{ figure("network.median", ["int_core__school_network"]) }} as numeric(14, 6)) as network_median,
    cast(coalesce(network.schools, 0) as integer) as network_schools,
    cast({{ figure("peer.median", ["int_scorecard__school_year"]) }} as numeric(14, 6)) as peer_median,
    cast(coalesce(peer.schools, 0) as integer) as peer_schools,
    cast(judged.need_share as numeric(9, 6)) as need_share,
    {{ as_of() }} as as_of,
    judged.status
from judged
left join network
    on
        judged.network_id = network.network_id
        and judged.school_year = network.school_year
        and judged.indicator = network.indicator
left join peer
    on
        judged.school_id = peer.school_id
        and judged.school_year = peer.school_year
        and judged.indicator = peer.indicator
