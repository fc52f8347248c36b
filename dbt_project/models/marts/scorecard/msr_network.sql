with member as (
    select
        'network' as group_kind,
        network_id as group_id,
        school_id,
        school_year,
        level,
        need_share
    from {{ ref('int_scorecard__school_year') }}
    where network_id is not null
    union all
    select distinct
        'autonomy' as group_kind,
        autonomy.autonomy as group_id,
        school_year.school_id,
        school_year.school_year,
        school_year.level,
        school_year.need_share
    from {{ ref('int_scorecard__school_year') }} as school_year
    inner join {{ ref('int_core__school_autonomy') }} as autonomy
        on
            school_year.school_id = autonomy.school_id
            and school_year.at_on >= autonomy.begins_on
            and (autonomy.ends_on is null or school_year.at_on <= autonomy.ends_on)
),

figures as (
    select
        given.indicator,
        given.school_id,
        given.school_year,
        school_year.level,
        school_year.need_share,
        given.value,
        given.n,
        given.status
    from {{ ref('int_scorecard__indicator') }} as given
    inner join {{ ref('int_scorecard__school_year') }} as school_year using (school_id, school_year)
),

outsider as (
    select
        member.group_kind,
        member.group_id,
        member.school_id,
        member.school_year,
        own.indicator,
        own.value,
        own.n,
        other.value as other_value,
        other.n as other_n,
        rank() over (
            partition by
                member.group_kind, member.group_id, member.school_id, member.school_year, own.indicator
            order by abs(member.need_share - other.need_share)
        ) as nearness
    from member
    inner join figures as own
        on
            member.school_id = own.school_id
            and member.school_year = own.school_year
            and own.value is not null
    inner join figures as other
        on
            own.indicator = other.indicator
            and own.school_year = other.school_year
            and own.level = other.level
            and other.value is not null
            and other.need_share is not null
    where
        member.need_share is not null
        and not exists (
            select 1 from member as insider
            where
                insider.group_kind = member.group_kind
                and insider.group_id = member.group_id
                and insider.school_id = other.school_id
                and insider.school_year = other.school_year
        )
),

matched as (
    select
        group_kind,
        group_id,
        school_id,
        school_year,
        indicator,
        value,
        n,
        avg(other_value) as matched_value,
        sum(other_n) as matched_n
    from outsider
    where nearness = 1
    group by group_kind, group_id, school_id, school_year, indicator, value, n
),

compared as (
    select
        group_kind,
        group_id,
        school_year,
        indicator,
        count(*) as matched_schools,
        sum(value) as value_sum,
        sum(matched_value) as matched_sum,
        sum(n) as n,
        sum(matched_n) as matched_n
    from matched
    group by group_kind, group_id, school_year, indicator
),

grouped as (
    select
        member.group_kind,
        member.group_id,
        member.school_year,
        figures.indicator,
        count(*) as schools,
        count(figures.value) as schools_with_value,
        bool_or(figures.status = 'incomplete_feed' and figures.value is null) as is_incomplete
    from member
    inner join figures
        on
            member.school_id = figures.school_id
            and member.school_year = figures.school_year
    group by member.group_kind, member.group_id, member.school_year, figures.indicator
),

counted as (
    select
        grouped.*,
        coalesce(compared.matched_schools, 0) as matched_schools,
        compared.value_sum,
        compared.matched_sum,
        compared.n,
        compared.matched_n,
        coalesce(compared.matched_schools, 0) >= 2 as is_enough
    from grouped
    left join compared using (group_kind, group_id, school_year, indicator)
)

select
    {{ surrogate_key(["group_kind", "group_id", "indicator", "school_year"]) }} as k_network_indicator,
    group_kind,
    group_id,
    indicator,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    cast(case when is_enough then {{ share("value_sum", "matched_schools") }} end as numeric(14, 6)) as value,
    cast(case when is_enough then value_sum end as numeric(14, 6)) as numerator,
    cast(matched_schools as integer) as denominator,
    cast(case when is_enough then {{ share("matched_sum", "matched_schools") }} end as numeric(14, 6))
        as matched_value,
    cast(
        case
            when is_enough then {{ share("value_sum - matched_sum", "matched_schools") }}
        end as numeric(14, 6)
    )
        as difference,
    cast(schools as integer) as schools,
    cast(matched_schools as integer) as matched_schools,
    cast(n as integer) as n,
    cast(matched_n as integer) as matched_n,
    {{ as_of() }} as as_of,
    case
        when is_enough then 'ok'
        when is_incomplete then 'incomplete_feed'
        when schools_with_value = 0 then 'not_collected'
        else 'insufficient_n'
    end as status
from counted
