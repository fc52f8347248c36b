{#- A generic test: no two rows share these columns. has_versions: known_on is one of them, so rows that were there
    before share nothing with those that have become known since. -#}
{% test unique_grain(model, columns, has_versions=false) %}
    select
        {{ columns | join(", ") }},
        count(*) as copies
    from {{ model }}
    {% if has_versions and var("changed_since") -%}
        where known_on >= cast('{{ var("changed_since") }}' as date)
    {%- endif %}
    group by {{ columns | join(", ") }}
    having count(*) > 1
{% endtest %}
