{%- set is_half = is_incomplete(beside=beside_outcome(["stg_sis__discipline_action"])) -%}
{%- set known = "false" if is_half else "has_discipline" -%}

select
    {{ surrogate_key(["org_kind", "org_id", "school_year", "subgroup_kind", "subgroup"]) }} as k_discipline,
    org_kind,
    org_id,
    school_year,
    subgroup_kind,
    subgroup,
    cast(case when {{ known }} then {{ share("suspended", "students") }} end as numeric(9, 6)) as value,
    suspended as numerator,
    students as denominator,
    cast(case when {{ known }} then 100 * {{ share("suspension_days", "students") }} end as numeric(12, 4))
        as days_per_100_students,
    cast(case when {{ known }} then {{ share("disciplined", "students") }} end as numeric(9, 6))
        as discipline_share,
    suspension_days,
    suspensions,
    actions,
    students as n,
    {{ as_of() }} as as_of,
    {% if is_half -%}
    'incomplete_feed' as status
    {%- else -%}
    case when has_discipline then 'ok' else 'not_collected' end as status
    {%- endif %}
from {{ ref('int_equity__subgroup') }}
