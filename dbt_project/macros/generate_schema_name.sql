{#- Schemas carry the names written in dbt_project.yml, without the target's name in front. An edition, which stands
    beside today's marts as of another day, ends them with its own name. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}{{ "_" ~ var("edition") if var("edition") else "" }}
{%- endmacro %}
