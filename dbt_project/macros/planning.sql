{#- Before a model is made: how the planner is to read whole tables. A step of a query is often thought to give a few
    rows and gives thousands; a join that loops over them then takes minutes or hours, where hashing takes a second.
    Merging needs both sides sorted, by many texts at once. Hashes may take more memory than sorts: 256 MB here. -#}
{% macro plan_for_whole_tables() -%}
    select
        set_config('enable_nestloop', 'off', true),
        set_config('enable_mergejoin', 'off', true),
        set_config('hash_mem_multiplier', '4', true)
{%- endmacro %}
