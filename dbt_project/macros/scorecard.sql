{#- The school scorecard: what its figures are made of, intervals and verdicts, each once. -#}

{#- The models that each indicator is made of: a feed missing behind them takes that indicator alone. -#}
{% macro scorecard_parents() -%}
    {%- set attendance = ["int_attendance__subgroup"] -%}
    {%- set staff = ["int_staffing__org_group", "int_staffing__org_headcount"] -%}
    {{- return({
        "chronic_absence": attendance,
        "attendance_rate": attendance,
        "proficiency_ela": ["int_achievement__moment"],
        "proficiency_math": ["int_achievement__moment"],
        "suspension_rate": ["int_equity__discipline_action", "int_core__student_year"],
        "staff_diversity": staff,
        "staff_parity": staff,
        "retention": ["int_staffing__retention"],
        "vacancy_rate": ["int_staffing__vacancy"],
        "unlocked_dollar_share": ["int_funding__spending"],
        "budget_variance": ["int_funding__account_year", "int_funding__account"],
    }) -}}
{%- endmacro %}

{#- Whether a feed behind an indicator did not come in. -#}
{% macro is_incomplete_indicator(indicator) -%}
    {{- is_incomplete_among(indicator, scorecard_parents()) -}}
{%- endmacro %}

{#- Score interval of a proportion: Wilson, E. B. (1927), Probable inference, the law of succession, and statistical
    inference, Journal of the American Statistical Association 22(158), 209-212. side: "-" for the lower end, "+" for
    the upper one. -#}
{% macro wilson(numerator, denominator, side) -%}
    {%- set z = "cast(" ~ var("interval_z") ~ " as numeric)" -%}
    {%- set p = "(" ~ share(numerator, denominator) ~ ")" -%}
    {%- set n = "nullif(cast(" ~ denominator ~ " as numeric), 0)" -%}
    least(1, greatest(0, (
        {{ p }} + {{ z }} * {{ z }} / (2 * {{ n }})
        {{ side }} {{ z }} * sqrt(
            {{ p }} * (1 - {{ p }}) / {{ n }} + {{ z }} * {{ z }} / (4 * {{ n }} * {{ n }})
        )
    ) / (1 + {{ z }} * {{ z }} / {{ n }})))
{%- endmacro %}

{#- Whether a value is at a bound or beyond it on the indicator's good side; a tie is. -#}
{% macro is_at_or_beyond(value, bound, direction) -%}
    case {{ direction }}
        when 'higher' then {{ value }} >= {{ bound }}
        when 'lower' then {{ value }} <= {{ bound }}
        when 'zero' then abs({{ value }}) <= abs({{ bound }})
    end
{%- endmacro %}

{#- met: at the target or beyond. on_track: at the straight line from baseline to target or beyond, in a year before the
    target's. Compared without any division, so that a ratio on the line is on it. No target, or no value: no verdict. -#}
{% macro verdict(numerator, denominator, people, direction, baseline, target, years_gone, years_in_all) -%}
    {%- set line = baseline ~ " * " ~ years_in_all ~ " + (" ~ target ~ " - " ~ baseline ~ ") * " ~ years_gone -%}
    case
        when {{ target }} is null or {{ numerator }} is null then null
        when {{ people }} < {{ var("scorecard_min_n") }} then 'insufficient_n'
        when {{ is_at_or_beyond(numerator, target ~ " * " ~ denominator, direction) }} then 'met'
        when {{ is_at_or_beyond(
            numerator ~ " * " ~ years_in_all, "(" ~ line ~ ") * " ~ denominator, direction
        ) }} then 'on_track'
        else 'off_track'
    end
{%- endmacro %}
