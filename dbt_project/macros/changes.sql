{#- Facts that grow are not made anew every night: var("changed_since") says from which day on something may be new,
    var("changed_years") in which school years something about attendance is. Without them everything is. -#}

{% macro takes_only_changes() -%}
    {{ return(var("changed_since") != "" and is_incremental()) }}
{%- endmacro %}

{#- True for a day since the table was last made. -#}
{% macro is_since_the_last_build(day) -%}
    {%- if takes_only_changes() -%}
        {{ day }} >= cast('{{ var("changed_since") }}' as date)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- True for a version that became known, or ended, since the table was last made. -#}
{% macro is_new_version(alias) -%}
    ({{ is_since_the_last_build(alias ~ ".known_on") }} or {{ is_since_the_last_build(alias ~ ".superseded_on") }})
{%- endmacro %}

{#- True for a school year that something new is known of. -#}
{% macro is_in_changed_year(school_year) -%}
    {%- if takes_only_changes() -%}
        {{ school_year }} in ({{ var("changed_years") | join(", ") }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Before a table is added to: take out what will be said again. A version that has only ended since is replaced by
    the table's key. -#}
{% macro forget_new_versions() -%}
    {%- if takes_only_changes() -%}
        delete from {{ this }} where known_on >= cast('{{ var("changed_since") }}' as date)
    {%- elif is_incremental() -%}
        truncate {{ this }}
    {%- endif -%}
{%- endmacro %}

{#- Before the rows of today are added to: take out those that have ended, whether or not something replaced them.
    versions: the relation that has every version, with the columns of this table's unique_key. -#}
{% macro forget_ended_versions(versions) -%}
    {%- if takes_only_changes() -%}
        delete from {{ this }} as today using {{ versions }} as version
        where
            {% for column in config.get("unique_key") -%}
                today.{{ column }} = version.{{ column }} and
            {% endfor -%}
            {{ is_since_the_last_build("version.superseded_on") }}
    {%- elif is_incremental() -%}
        truncate {{ this }}
    {%- endif -%}
{%- endmacro %}

{% macro forget_changed_years() -%}
    {%- if takes_only_changes() -%}
        delete from {{ this }} where {{ is_in_changed_year("school_year") }}
    {%- elif is_incremental() -%}
        truncate {{ this }}
    {%- endif -%}
{%- endmacro %}
