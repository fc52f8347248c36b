{#- Formulas of fair student funding and of equity between schools: each stands here once.

    x is what a pupil of a school gets, n the school's pupils. The macros from coefficient_of_variation to
    gini are aggregates over the schools. Sources: R. Berne and L. Stiefel, The Measurement of Equity in School
    Finance (1984), for the coefficient of variation, the McLoone index, the Gini coefficient and the federal
    range ratio, each weighted by pupils; D. A. Verstegen, "Concepts and Measures of Fiscal Inequality", Journal of
    Education Finance 22 (1996), for the Verstegen index. -#}

{#- Dollars of a group: base x weight x projected pupils. -#}
{% macro formula_dollars(base, weight, pupils) -%}
    ({{ base }} * {{ weight }} * {{ pupils }})
{%- endmacro %}

{#- What keeps a school's allocation at a least share of the last one: nothing or more. -#}
{% macro hold_harmless(total, last, least_share) -%}
    greatest(round({{ least_share }} * {{ last }}, 2) - {{ total }}, 0)
{%- endmacro %}

{#- What keeps a school's allocation at a greatest share of the last one: nothing or less. -#}
{% macro transition_limit(total, last, greatest_share) -%}
    least(round({{ greatest_share }} * {{ last }}, 2) - {{ total }}, 0)
{%- endmacro %}

{#- budget + transfers - actual - encumbered; no budget counts as nothing. -#}
{% macro available(budget, transfers, actual, encumbered) -%}
    coalesce({{ budget }}, 0) + {{ transfers }} - {{ actual }} - {{ encumbered }}
{%- endmacro %}

{#- Dollars at the end of the year: what is spent over the share of the year's spending that the account had reached
    by this day of earlier years. A year that is over is what was spent; one that has not begun has none. -#}
{% macro projection(actual, reached_share, fiscal_year) -%}
    case
        when {{ year_ends_on(fiscal_year) }} <= {{ as_of() }} then {{ actual }}
        when {{ year_begins_on(fiscal_year) }} <= {{ as_of() }} and {{ reached_share }} > 0
            then round({{ actual }} / {{ reached_share }}, 2)
    end
{%- endmacro %}

{#- Standard deviation over the mean, both weighted by pupils. -#}
{% macro coefficient_of_variation(x, n, mean) -%}
    sqrt(sum({{ n }} * power({{ x }} - {{ mean }}, 2)) / nullif(sum({{ n }}), 0)) / nullif(max({{ mean }}), 0)
{%- endmacro %}

{#- What pupils at or below the median get, over what they would get at the median; 1 = none below. -#}
{% macro mcloone(x, n, median) -%}
    sum({{ n }} * {{ x }}) filter (where {{ x }} <= {{ median }})
    / nullif(max({{ median }}) * sum({{ n }}) filter (where {{ x }} <= {{ median }}), 0)
{%- endmacro %}

{#- The same at or above the median; 1 = none above. -#}
{% macro verstegen(x, n, median) -%}
    sum({{ n }} * {{ x }}) filter (where {{ x }} >= {{ median }})
    / nullif(max({{ median }}) * sum({{ n }}) filter (where {{ x }} >= {{ median }}), 0)
{%- endmacro %}

{#- Sum of n_i n_j |x_i - x_j| over all pairs, over 2 N^2 mean. In the order of x every school stands above those before
    it and below those behind it, so the sum over pairs is 2 times that of n x (pupils before - pupils behind).
    through: pupils of the schools up to this one, itself included; all_n: all pupils. -#}
{% macro gini(x, n, through, all_n, mean) -%}
    sum({{ n }} * {{ x }} * (2 * {{ through }} - {{ n }} - {{ all_n }}))
    / nullif(max({{ all_n }}) * max({{ all_n }}) * max({{ mean }}), 0)
{%- endmacro %}

{#- Percentile weighted by pupils: the least x up to which a share p of the pupils is reached. The median is that
    of p = 0.5. through and all_n as for the Gini coefficient. -#}
{% macro weighted_percentile(p, x, through, all_n) -%}
    min({{ x }}) filter (where {{ through }} >= {{ p }} * {{ all_n }})
{%- endmacro %}

{#- How far the 95th percentile lies above the 5th, as a share of the 5th (34 CFR 222.162). -#}
{% macro federal_range_ratio(p5, p95) -%}
    ({{ p95 }} - {{ p5 }}) / nullif({{ p5 }}, 0)
{%- endmacro %}

{#- Slope of x on a share by least squares weighted by pupils: sum of products over sum of squares, about the means. -#}
{% macro weighted_slope(products, squares) -%}
    {{ products }} / nullif({{ squares }}, 0)
{%- endmacro %}

{#- Its standard error: the weighted squares that the slope leaves, over n - 2 schools and the squares of the share. -#}
{% macro weighted_slope_error(x_squares, products, squares, schools) -%}
    sqrt(
        greatest({{ x_squares }} - power({{ products }}, 2) / nullif({{ squares }}, 0), 0)
        / nullif(({{ schools }} - 2) * {{ squares }}, 0)
    )
{%- endmacro %}

{#- The 97.5 % quantile of Student's t by the expansion in the normal quantile z = 1.959964 (Abramowitz and Stegun,
    Handbook of Mathematical Functions, 26.7.5): within 0.004 of the exact quantile from 3 degrees of freedom on. -#}
{% macro t_quantile_975(df) -%}
    (
        1.959964
        + 2.372271 / {{ df }}
        + 2.822522 / power({{ df }}, 2)
        + 2.555850 / power({{ df }}, 3)
        + 1.589534 / power({{ df }}, 4)
    )
{%- endmacro %}
