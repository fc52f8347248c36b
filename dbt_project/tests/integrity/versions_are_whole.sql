{#- Facts that grow are added to: each holds as many versions as have landed, and as many that have ended. -#}
{%- set facts = [
    ("fct_attendance_version", "stg_sis__attendance_event"),
    ("fct_assessment_version", "stg_sis__assessment_result"),
    ("fct_course_grade_version", "stg_sis__course_grade"),
] -%}

with held as (
    {% for fact, _ in facts -%}
        select
            '{{ fact }}' as fact,
            count(*) as versions,
            count(superseded_on) as ended
        from {{ ref(fact) }}
        {% if not loop.last -%}
            union all
        {%- endif %}
    {%- endfor %}
),

landed as (
    {% for fact, staged in facts -%}
        select
            '{{ fact }}' as fact,
            count(*) as versions,
            count({{ superseded_by_as_of() }}) as ended
        from {{ ref(staged) }}
        where known_on <= {{ as_of() }}
        {% if not loop.last -%}
            union all
        {%- endif %}
    {%- endfor %}
)

select
    held.fact,
    held.versions,
    held.ended,
    landed.versions as landed_versions,
    landed.ended as landed_ended
from held
inner join landed on held.fact = landed.fact
where held.versions <> landed.versions or held.ended <> landed.ended
