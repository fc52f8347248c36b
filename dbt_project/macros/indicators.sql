{#- The indicator definitions: each stands here once, in exact numerics. -#}

{#- A fraction 0-1 (or any ratio); null where the denominator is zero or missing. -#}
{% macro share(numerator, denominator) -%}
    cast({{ numerator }} as numeric) / nullif(cast({{ denominator }} as numeric), 0)
{%- endmacro %}

{#- Enough enrolled days to be rated. -#}
{% macro is_rated(enrolled_days) -%}
    {{ enrolled_days }} >= {{ var("chronic_absence_min_days") }}
{%- endmacro %}

{#- Absent on a tenth of the enrolled days or more; exactly a tenth is chronic. -#}
{% macro is_chronic(days_absent, enrolled_days) -%}
    (10 * {{ days_absent }} >= {{ enrolled_days }} and {{ is_rated(enrolled_days) }})
{%- endmacro %}

{#- Normalised Blau index from the sum of squared shares: 0 = all alike, 1 = all k groups of equal size. -#}
{% macro normalised_blau(sum_of_squares, k) -%}
    (1 - {{ sum_of_squares }}) * {{ k }} / nullif({{ k }} - 1, 0)
{%- endmacro %}

{#- Parity of two distributions over the same groups: 1 less half the sum of their distances; 1 = the same. -#}
{% macro parity_index(share_a, share_b) -%}
    1 - 0.5 * sum(abs({{ share_a }} - {{ share_b }}))
{%- endmacro %}

{#- Standardised mean difference a - b over the pooled standard deviation, before the correction. -#}
{% macro cohen_d(mean_a, var_a, n_a, mean_b, var_b, n_b) -%}
    ({{ mean_a }} - {{ mean_b }})
    / nullif(
        sqrt(
            (({{ n_a }} - 1) * {{ var_a }} + ({{ n_b }} - 1) * {{ var_b }}) / nullif({{ n_a }} + {{ n_b }} - 2, 0)
        ),
        0
    )
{%- endmacro %}

{#- Hedges' correction for small groups. -#}
{% macro hedges_correction(n_a, n_b) -%}
    (1 - 3.0 / nullif(4 * ({{ n_a }} + {{ n_b }}) - 9, 0))
{%- endmacro %}

{#- Large-sample standard error of the uncorrected difference. -#}
{% macro cohen_d_error(d, n_a, n_b) -%}
    sqrt(
        cast({{ n_a }} + {{ n_b }} as numeric) / nullif({{ n_a }} * {{ n_b }}, 0)
        + {{ d }} * {{ d }} / nullif(2.0 * ({{ n_a }} + {{ n_b }}), 0)
    )
{%- endmacro %}
