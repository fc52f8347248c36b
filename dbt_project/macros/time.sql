{#- The day that the build stands on. -#}
{% macro as_of() -%}
    cast('{{ var("as_of") }}' as date)
{%- endmacro %}

{#- True for a version that was the current one at the end of the as-of day. -#}
{% macro is_current(alias=none) -%}
    {%- set prefix = alias ~ "." if alias else "" -%}
    {{ prefix }}known_on <= {{ as_of() }}
    and ({{ prefix }}superseded_on is null or {{ prefix }}superseded_on > {{ as_of() }})
{%- endmacro %}

{#- The end of a version as it was known on the as-of day: one that came later had not happened yet. -#}
{% macro superseded_by_as_of(alias=none) -%}
    {%- set prefix = alias ~ "." if alias else "" -%}
    case when {{ prefix }}superseded_on <= {{ as_of() }} then {{ prefix }}superseded_on end
{%- endmacro %}

{#- Calendar year in which the school or fiscal year of a day ends. -#}
{% macro school_year(day) -%}
    cast(
        extract(year from {{ day }})
        + case when extract(month from {{ day }}) >= {{ var("year_start_month") }} then 1 else 0 end
        as integer
    )
{%- endmacro %}

{#- First and last day of a school or fiscal year. -#}
{% macro year_begins_on(school_year) -%}
    make_date({{ school_year }} - 1, {{ var("year_start_month") }}, 1)
{%- endmacro %}

{% macro year_ends_on(school_year) -%}
    make_date({{ school_year }}, {{ var("year_start_month") }}, 1) - 1
{%- endmacro %}

{#- The day of a school year on which it is asked who belonged where: its last, or the as-of day while it lasts. -#}
{% macro membership_on(school_year) -%}
    least({{ year_ends_on(school_year) }}, {{ as_of() }})
{%- endmacro %}

{#- The day of a school or fiscal year with a month and day, as "10-01". -#}
{% macro day_of_year(month_day, school_year) -%}
    {%- set month = month_day[:2] | int -%}
    {%- set day = month_day[3:] | int -%}
    make_date({{ school_year }} - {{ 1 if month >= var("year_start_month") | int else 0 }}, {{ month }}, {{ day }})
{%- endmacro %}

{#- The day on which staff are counted in a school year. -#}
{% macro staffing_base_on(school_year) -%}
    {{ day_of_year(var("staffing_base_date"), school_year) }}
{%- endmacro %}

{#- The day on which the pupils of a fiscal year are counted. -#}
{% macro pupil_count_on(fiscal_year) -%}
    {{ day_of_year(var("pupil_count_date"), fiscal_year) }}
{%- endmacro %}

{#- One row per day from one date to another: the only place that makes rows out of nothing. -#}
{% macro days_between(first, last) -%}
    select cast(day_at as date) as on_date
    from
        generate_series(
            cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 day'
        ) as days (day_at)
{%- endmacro %}
