{#- Quantiles of how long searches last, where some have not ended yet. -#}

{#- The share still searching after each day, over searches ordered by day: the product-limit estimate of Kaplan and
    Meier (Journal of the American Statistical Association 53, 1958). A search that is open, or was withdrawn, counts
    among those at risk up to its age and never as filled. filled, at_risk: of each day. family: the columns that a
    search belongs to. day: the column that orders the days. -#}
{% macro share_still_open(filled, at_risk, family, day) -%}
    case
        when bool_or({{ filled }} = {{ at_risk }}) over (partition by {{ family }} order by {{ day }}) then 0
        else exp(
            sum(ln(1 - cast(nullif({{ filled }}, {{ at_risk }}) as numeric) / {{ at_risk }})) over (
                partition by {{ family }}
                order by {{ day }}
            )
        )
    end
{%- endmacro %}

{#- The race groups that figures about staff and applicants are published for, and all of them together. What only a
    state's counts have, persons have not. -#}
{% macro published_race_groups() -%}
    select race_group
    from {{ ref('race_group') }}
    where is_diversity_group or race_group = 'unknown'
    union all
    select 'all_groups' as race_group
{%- endmacro %}
