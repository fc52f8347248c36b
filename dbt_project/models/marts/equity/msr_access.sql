-- Each group against all others of the same stratum. English learners and others are compared apart, unless
-- English learners are the group, so that unfairness to them is not found again in groups that hold many.
with in_group as (
    select
        opportunity.stratum_number,
        case when student_subgroup.subgroup = 'el' then 2 else cast(opportunity.is_el as integer) end
            as learners,
        student_subgroup.subgroup_kind,
        student_subgroup.subgroup,
        count(*) as n1,
        count(*) filter (where opportunity.has_it) as a
    from {{ ref('int_equity__opportunity') }} as opportunity
    inner join {{ ref('int_core__student_subgroup') }} as student_subgroup
        on
            opportunity.student_id = student_subgroup.student_id
            and opportunity.school_year = student_subgroup.school_year
            and student_subgroup.subgroup_kind in ('race', 'sex', 'program')
    where (opportunity.opportunity, student_subgroup.subgroup) <> ('gifted_program', 'gifted')
    group by
        opportunity.stratum_number,
        case when student_subgroup.subgroup = 'el' then 2 else cast(opportunity.is_el as integer) end,
        student_subgroup.subgroup_kind,
        student_subgroup.subgroup
),

-- English learners 1, others 0, both together 2.
everyone as (
    select
        opportunity,
        school_year,
        stratum_number,
        coalesce(cast(is_el as integer), 2) as learners,
        count(*) as n,
        count(*) filter (where has_it) as had,
        bool_and(has_it is not null) as is_collected
    from {{ ref('int_equity__opportunity') }}
    group by
        grouping sets (
            (opportunity, school_year, stratum_number, is_el), (opportunity, school_year, stratum_number)
        )
),

-- Strata without anyone of the group add nothing to any of the sums.
cell as (
    select
        everyone.opportunity,
        everyone.school_year,
        in_group.subgroup_kind,
        in_group.subgroup,
        in_group.n1,
        in_group.a,
        everyone.n - in_group.n1 as n0,
        everyone.had - in_group.a as c
    from in_group
    inner join everyone
        on
            in_group.stratum_number = everyone.stratum_number
            and in_group.learners = everyone.learners
),

summed as (
    select
        opportunity,
        school_year,
        subgroup_kind,
        subgroup,
        cast(sum(n1) as integer) as n1,
        cast(sum(a) as integer) as a,
        coalesce(cast(sum(n1) filter (where n0 > 0) as integer), 0) as n1_compared,
        coalesce(cast(sum(n0) filter (where n1 > 0) as integer), 0) as n0_compared,
        cast(count(*) filter (where n1 > 0 and n0 > 0) as integer) as strata,
        {{ mantel_haenszel_sums("a", "n1", "c", "n0") }}
    from cell
    group by opportunity, school_year, subgroup_kind, subgroup
),

whole as (
    select
        opportunity,
        school_year,
        cast(sum(n) as integer) as n,
        cast(sum(had) as integer) as had,
        bool_and(is_collected) as is_collected
    from everyone
    where learners = 2
    group by opportunity, school_year
),

estimated as (
    select
        summed.*,
        whole.n - summed.n1 as n0,
        whole.had - summed.a as c,
        whole.is_collected,
        {{ is_incomplete_opportunity("summed.opportunity") }} as is_incomplete,
        least(n1_compared, n0_compared) >= {{ var("access_min_n") }}
        and r > 0
        and s > 0
        and not {{ is_incomplete_opportunity("summed.opportunity") }} as is_enough,
        ln(nullif(r, 0) / nullif(s, 0)) as log_odds,
        {{ log_odds_error("r", "s", "pr", "ps_qr", "qs") }} as log_error,
        d / nullif(w, 0) as difference,
        {{ risk_difference_error("d", "w", "sato_p", "sato_q") }} as difference_error
    from summed
    inner join whole
        on
            summed.opportunity = whole.opportunity
            and summed.school_year = whole.school_year
),

tested as (
    select
        estimated.*,
        case when is_enough then {{ two_sided_p("log_odds / nullif(log_error, 0)") }} end as p_value,
        row_number() over (
            partition by opportunity, school_year, is_enough
            order by {{ two_sided_p("log_odds / nullif(log_error, 0)") }}, subgroup_kind, subgroup
        ) as place,
        count(*) over (partition by opportunity, school_year, is_enough) as tests
    from estimated
),

adjusted as (
    select
        tested.*,
        case
            when is_enough
                then {{ holm("p_value", "place", "tests", "opportunity, school_year, is_enough") }}
        end as p_adjusted
    from tested
)

select
    {{ surrogate_key(["opportunity", "school_year", "subgroup_kind", "subgroup"]) }} as k_access,
    'district' as org_kind,
    'district' as org_id,
    opportunity,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    subgroup_kind,
    subgroup,
    cast(case when is_enough then exp(log_odds) end as numeric(12, 6)) as value,
    cast(case when is_enough then exp(log_odds - 1.96 * log_error) end as numeric(12, 6)) as interval_low,
    cast(case when is_enough then exp(log_odds + 1.96 * log_error) end as numeric(12, 6)) as interval_high,
    cast(case when is_enough then difference end as numeric(9, 6)) as risk_difference,
    cast(case when is_enough then difference - 1.96 * difference_error end as numeric(9, 6))
        as risk_difference_low,
    cast(case when is_enough then difference + 1.96 * difference_error end as numeric(9, 6))
        as risk_difference_high,
    cast(p_value as numeric(9, 6)) as p_value,
    cast(p_adjusted as numeric(9, 6)) as p_adjusted,
    case when is_enough then log_odds < 0 and p_adjusted < {{ var("access_alpha") }} end as is_flagged,
    case when is_collected then a end as numerator,
    n1 as denominator,
    case when is_collected then c end as comparison_numerator,
    n0 as comparison_denominator,
    strata,
    n1_compared as n,
    {{ as_of() }} as as_of,
    case
        when is_incomplete then 'incomplete_feed'
        when not is_collected then 'not_collected'
        when is_enough then 'ok'
        else 'insufficient_n'
    end as status
from adjusted
