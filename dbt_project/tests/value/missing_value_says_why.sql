{#- Each published figure: its mart, the mart's key, and what must not be. #}
{%- set value = "(value is null) = (status = 'ok')" -%}
{%- set weak_value = "(value is null and status = 'ok')"
    ~ " or (value is not null and status not in ('ok', 'incomplete_feed'))" -%}
{%- set figures = [
    ("msr_chronic_absence", "k_chronic_absence", weak_value),
    ("msr_attendance_rate", "k_attendance_rate", weak_value),
    ("msr_proficiency", "k_proficiency", value),
    ("msr_achievement_gap", "k_achievement_gap", value),
    ("msr_discipline", "k_discipline", value),
    ("msr_risk_ratio", "k_risk_ratio", value ~ " or (value is null) <> (ratio_kind is null)"),
    ("msr_segregation", "k_segregation", value),
    ("msr_access", "k_access", value),
    (
        "msr_staffing_diversity", "k_staffing_diversity",
        "(staff_of_colour_share is null) = (status in ('ok', 'not_collected'))",
    ),
    ("msr_budget_to_actual", "k_account_year", "(variance_share is null) = (status = 'ok')"),
    ("msr_budget_to_actual", "k_account_year", "(projected_amount is null) = (projection_status = 'ok')"),
    ("msr_unlocked_share", "k_unlocked_share", weak_value | replace("value", "unlocked_dollar_share")),
    ("msr_school_allocation", "k_school_allocation", "(difference_amount is null) = (status = 'ok')"),
    (
        "msr_spending_per_pupil", "k_spending_per_pupil",
        value ~ " or (per_weighted_pupil is null) = (weighted_status = 'ok')",
    ),
    (
        "msr_funding_equity", "k_funding_equity",
        "(gini is null) = (status = 'ok') or (need_slope is null) = (slope_status = 'ok')",
    ),
    ("msr_hiring_funnel", "k_hiring_funnel", value),
    ("msr_adverse_impact", "k_adverse_impact", value),
    ("msr_retention", "k_retention", value),
    ("msr_vacancy", "k_vacancy", value),
    ("msr_time_to_fill", "k_time_to_fill", value),
    ("msr_staff_pipeline", "k_staff_pipeline", value),
    ("msr_scorecard", "k_scorecard", weak_value),
    ("msr_network", "k_network_indicator", value),
    ("msr_priority_spending", "k_priority_spending", value),
    ("msr_registration_timeline", "k_registration_timeline", value),
] -%}

{% for mart, key, wrong in figures -%}
select
    '{{ mart }}' as measure,
    {{ key }} as k
from {{ ref(mart) }}
where {{ wrong }}
{%- if not loop.last %}
union all
{% endif %}
{%- endfor %}
