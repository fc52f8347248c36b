{#- A surrogate key: the same columns give the same key on every build and in every warehouse. -#}
{% macro surrogate_key(columns) -%}
    md5(
    {%- for column in columns %}
        coalesce(cast({{ column }} as text), '~'){% if not loop.last %} || '|' ||{% endif %}
    {%- endfor %}
    )
{%- endmacro %}

{#- A key of a person, or of a row about one: a pseudonym, which nobody can work out from a number of another system
    without the key that the build was given. -#}
{% macro person_key(columns) -%}
    access.pseudonym(
    {%- for column in columns %}
        coalesce(cast({{ column }} as text), '~'){% if not loop.last %} || '|' ||{% endif %}
    {%- endfor %}
    )
{%- endmacro %}

{#- Values of a variable as a list for `in`. -#}
{% macro quoted(values) -%}
    {%- for value in values %}'{{ value }}'{% if not loop.last %}, {% endif %}{% endfor -%}
{%- endmacro %}
