{#- Equity indicators: who is affected, compared with all other students; and access at equal need. -#}

{#- The outcomes of the risk ratio: who is affected among whom, as columns of int_equity__subgroup; whether the
    district records it at all; the group that is the outcome itself; and the parents that the outcome needs, of those
    that not every outcome needs. -#}
{% macro equity_outcomes() -%}
    {{- return([
        {
            "name": "out_of_school_suspension", "affected": "suspended", "eligible": "students",
            "collected": "has_discipline", "itself": "", "needs": ["stg_sis__discipline_action"],
        },
        {
            "name": "any_discipline", "affected": "disciplined", "eligible": "students",
            "collected": "has_discipline", "itself": "", "needs": ["stg_sis__discipline_action"],
        },
        {
            "name": "chronic_absence", "affected": "chronic", "eligible": "rated",
            "collected": "has_attendance", "itself": "", "needs": ["int_attendance__student_year"],
        },
        {
            "name": "course_failure", "affected": "failed", "eligible": "marked",
            "collected": "has_marks", "itself": "", "needs": ["stg_sis__course_grade"],
        },
        {
            "name": "swd_identification", "affected": "swd", "eligible": "students",
            "collected": "has_swd", "itself": "swd", "needs": [],
        },
        {
            "name": "gifted_identification", "affected": "gifted", "eligible": "students",
            "collected": "has_gifted", "itself": "gifted", "needs": [],
        },
    ]) -}}
{%- endmacro %}

{#- Parents of int_equity__student_outcome that an outcome does not come from. -#}
{% macro beside_outcome(needs) -%}
    {%- set all = ["stg_sis__discipline_action", "int_attendance__student_year", "stg_sis__course_grade"] -%}
    {{- return(all | reject("in", needs) | list) -}}
{%- endmacro %}

{#- The models that access to each opportunity is made of: a feed missing behind them takes that opportunity alone. -#}
{% macro is_incomplete_opportunity(opportunity) -%}
    {%- set student = ["int_core__student_subgroup", "int_core__student_program", "int_achievement__result"] -%}
    {{- is_incomplete_among(opportunity, {
        "gifted_program": student,
        "advanced_course": student + ["stg_sis__course", "int_equity__advanced_course"],
        "enrichment_seat": student + ["stg_programs__elt_request"],
    }) -}}
{%- endmacro %}

{#- Both cells of a comparison are large enough (34 CFR 300.647(c)(1) and (2): cell size and n-size). -#}
{% macro is_enough_for_risk(affected, eligible) -%}
    ({{ affected }} >= {{ var("risk_ratio_min_cell") }} and {{ eligible }} >= {{ var("risk_ratio_min_n") }})
{%- endmacro %}

{#- Shannon's term p ln p of a share, its sign left to the caller; an empty group contributes 0. -#}
{% macro entropy_term(part, whole) -%}
    case
        when {{ part }} > 0
            then
                cast({{ part }} as double precision) / {{ whole }}
                * ln(cast({{ part }} as double precision) / {{ whole }})
        else 0
    end
{%- endmacro %}

{#- Two-sided p of a standard normal deviate. erfc is in PostgreSQL from version 16 on. -#}
{% macro two_sided_p(z) -%}
    erfc(abs({{ z }}) / sqrt(cast(2 as double precision)))
{%- endmacro %}

{#- Sums over strata that the Mantel-Haenszel estimates and their variances are made of. In each stratum a of n1 in
    the group have it, and c of n0 others.
    Odds ratio R/S: Mantel and Haenszel 1959; variance of its logarithm: Robins, Breslow and Greenland 1986.
    Risk difference D/W and its variance: Greenland and Robins 1985, in the form of Sato 1989. -#}
{% macro mantel_haenszel_sums(a, n1, c, n0) -%}
    {%- set b = "(" ~ n1 ~ " - " ~ a ~ ")" -%}
    {%- set d = "(" ~ n0 ~ " - " ~ c ~ ")" -%}
    {%- set n = "cast(" ~ n1 ~ " + " ~ n0 ~ " as double precision)" -%}
    sum({{ a }} * {{ d }} / {{ n }}) as r,
    sum({{ b }} * {{ c }} / {{ n }}) as s,
    sum(({{ a }} + {{ d }}) * {{ a }} * {{ d }} / ({{ n }} * {{ n }})) as pr,
    sum((({{ a }} + {{ d }}) * {{ b }} * {{ c }} + ({{ b }} + {{ c }}) * {{ a }} * {{ d }}) / ({{ n }} * {{ n }}))
        as ps_qr,
    sum(({{ b }} + {{ c }}) * {{ b }} * {{ c }} / ({{ n }} * {{ n }})) as qs,
    sum(({{ a }} * {{ n0 }} - {{ c }} * {{ n1 }}) / {{ n }}) as d,
    sum({{ n1 }} * {{ n0 }} / {{ n }}) as w,
    sum(
        ({{ n1 }} * {{ n1 }} * {{ c }} - {{ n0 }} * {{ n0 }} * {{ a }}
        + {{ n1 }} * {{ n0 }} * ({{ n0 }} - {{ n1 }}) / 2.0) / ({{ n }} * {{ n }})
    ) as sato_p,
    sum(({{ a }} * {{ d }} + {{ c }} * {{ b }}) / (2.0 * {{ n }})) as sato_q
{%- endmacro %}

{#- Standard error of the logarithm of R/S. -#}
{% macro log_odds_error(r, s, pr, ps_qr, qs) -%}
    sqrt(
        {{ pr }} / nullif(2 * {{ r }} * {{ r }}, 0)
        + {{ ps_qr }} / nullif(2 * {{ r }} * {{ s }}, 0)
        + {{ qs }} / nullif(2 * {{ s }} * {{ s }}, 0)
    )
{%- endmacro %}

{#- Standard error of D/W. -#}
{% macro risk_difference_error(d, w, sato_p, sato_q) -%}
    sqrt(greatest({{ d }} / nullif({{ w }}, 0) * {{ sato_p }} + {{ sato_q }}, 0)) / nullif({{ w }}, 0)
{%- endmacro %}
