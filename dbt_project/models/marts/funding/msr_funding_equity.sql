with school_year as (
    select
        spending.fiscal_year,
        school.level,
        spending.location as school_id,
        sum(spending.own_amount) as amount,
        max(pupil.pupils) as pupils,
        max(pupil.weighted_pupils) as weighted_pupils,
        max(pupil.need_pupils) as need_pupils
    from {{ ref('int_funding__school_spending') }} as spending
    inner join {{ ref('dim_school') }} as school on spending.location = school.school_id
    inner join {{ ref('int_funding__pupil') }} as pupil
        on
            spending.location = pupil.school_id
            and spending.fiscal_year = pupil.fiscal_year
    group by spending.fiscal_year, school.level, spending.location
    having sum(spending.own_amount) > 0
),

based as (
    select
        'pupil' as basis,
        school_year.*,
        cast(pupils as numeric) as n
    from school_year
    union all
    select
        'weighted_pupil' as basis,
        school_year.*,
        weighted_pupils as n
    from school_year
),

levelled as (
    select
        'all_levels' as school_level,
        based.*,
        {{ share("amount", "n") }} as x,
        {{ share("need_pupils", "pupils") }} as need
    from based
    union all
    select
        level as school_level,
        based.*,
        {{ share("amount", "n") }} as x,
        {{ share("need_pupils", "pupils") }} as need
    from based
),

-- In the order of what a pupil gets: how many pupils there are up to each school, and in all.
ranked as (
    select
        *,
        sum(n) over (place order by x, school_id) as through,
        sum(n) over place as all_n,
        sum(n * x) over place / sum(n) over place as mean,
        sum(n * need) over place / sum(n) over place as mean_need
    from levelled
    window place as (partition by fiscal_year, school_level, basis)
),

percentile as (
    select
        fiscal_year,
        school_level,
        basis,
        {{ weighted_percentile("0.05", "x", "through", "all_n") }} as p5,
        {{ weighted_percentile("0.5", "x", "through", "all_n") }} as median,
        {{ weighted_percentile("0.95", "x", "through", "all_n") }} as p95
    from ranked
    group by fiscal_year, school_level, basis
),

indexed as (
    select
        ranked.fiscal_year,
        ranked.school_level,
        ranked.basis,
        count(*) as schools,
        sum(ranked.pupils) as pupils,
        count(*) = count(ranked.n) as is_counted,
        count(*) = count(ranked.need) as is_need_known,
        max(ranked.mean) as mean,
        max(percentile.median) as median,
        max(percentile.p5) as p5,
        max(percentile.p95) as p95,
        {{ coefficient_of_variation("ranked.x", "ranked.n", "ranked.mean") }} as coefficient_of_variation,
        {{ mcloone("ranked.x", "ranked.n", "percentile.median") }} as mcloone,
        {{ verstegen("ranked.x", "ranked.n", "percentile.median") }} as verstegen,
        {{ gini("ranked.x", "ranked.n", "ranked.through", "ranked.all_n", "ranked.mean") }} as gini,
        {{ federal_range_ratio("max(percentile.p5)", "max(percentile.p95)") }} as federal_range_ratio,
        -- Least squares weighted by n: sums of squares and products about the weighted means.
        sum(ranked.n * power(ranked.need - ranked.mean_need, 2)) as need_squares,
        sum(ranked.n * power(ranked.x - ranked.mean, 2)) as x_squares,
        sum(ranked.n * (ranked.need - ranked.mean_need) * (ranked.x - ranked.mean)) as products
    from ranked
    inner join percentile using (fiscal_year, school_level, basis)
    group by ranked.fiscal_year, ranked.school_level, ranked.basis
),

sloped as (
    select
        *,
        {{ weighted_slope("products", "need_squares") }} as slope,
        {{ t_quantile_975("nullif(schools - 2, 0)") }}
        * {{ weighted_slope_error("x_squares", "products", "need_squares", "schools") }} as half_interval
    from indexed
),

-- A year with spending and without a school that can be compared still shows, and says why.
place as (
    select distinct
        spending.fiscal_year,
        'all_levels' as school_level,
        basis.basis
    from {{ ref('int_funding__spending') }} as spending
    cross join (values ('pupil'), ('weighted_pupil')) as basis (basis)
    union
    select
        fiscal_year,
        school_level,
        basis
    from indexed
),

stated as (
    select
        place.fiscal_year,
        place.school_level,
        place.basis,
        sloped.schools,
        sloped.pupils,
        sloped.mean,
        sloped.median,
        sloped.p5,
        sloped.p95,
        sloped.coefficient_of_variation,
        sloped.mcloone,
        sloped.verstegen,
        sloped.gini,
        sloped.federal_range_ratio,
        sloped.slope,
        sloped.half_interval,
        case
            when sloped.schools is null or not sloped.is_counted then 'not_collected'
            when sloped.schools < 2 then 'insufficient_n'
            else 'ok'
        end as reason,
        case
            when sloped.schools is null or not sloped.is_counted or not sloped.is_need_known
                then 'not_collected'
            when sloped.schools < {{ var("equity_slope_min_schools") }} or sloped.slope is null
                then 'insufficient_n'
            else 'ok'
        end as slope_reason
    from place
    left join sloped using (fiscal_year, school_level, basis)
)

select
    {{ surrogate_key(["fiscal_year", "school_level", "basis"]) }} as k_funding_equity,
    fiscal_year,
    {{ year_ends_on("fiscal_year") }} as year_ends_on,
    {{ year_ends_on("fiscal_year") }} <= {{ as_of() }} as is_year_over,
    school_level,
    basis,
    cast(coalesce(schools, 0) as integer) as schools,
    cast(coalesce(pupils, 0) as integer) as n,
    {%- for column, type in [
        ("mean", "numeric(14, 2)"), ("median", "numeric(14, 2)"), ("p5", "numeric(14, 2)"), ("p95", "numeric(14, 2)"),
        ("coefficient_of_variation", "numeric(9, 6)"), ("mcloone", "numeric(9, 6)"), ("verstegen", "numeric(9, 6)"),
        ("gini", "numeric(9, 6)"), ("federal_range_ratio", "numeric(12, 6)"),
    ] %}
    cast({{ figure("case when reason = 'ok' then " ~ column ~ " end") }} as {{ type }}) as {{ column }},
    {%- endfor %}
    cast({{ figure("case when slope_reason = 'ok' then slope end") }} as numeric(14, 2)) as need_slope,
    cast({{ figure("case when slope_reason = 'ok' then slope - half_interval end") }} as numeric(14, 2))
        as need_slope_low,
    cast({{ figure("case when slope_reason = 'ok' then slope + half_interval end") }} as numeric(14, 2))
        as need_slope_high,
    {{ as_of() }} as as_of,
    {{ figure_status("reason") }} as status,
    {{ figure_status("slope_reason") }} as slope_status
from stated
