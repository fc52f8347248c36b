{#- Feeds that did not come in: what is made of them says so, and gives no figure worked out on half. -#}

{#- Whether a contract of var("incomplete_contracts") is among the sources of the model that is being built. A model
    names under meta.optional_parents those that add to it where they are there and leave it right where not.
    parents: the models that a figure is made of, where the model that is being built holds others beside it.
    beside: parents at any distance that one of several figures in a table does not come from. -#}
{% macro is_incomplete(parents=none, beside=[]) -%}
    {%- set found = namespace(yes=false) -%}
    {#- A contract sis.school is the table sis_school. -#}
    {%- set missing = var("incomplete_contracts") | map("replace", ".", "_") | list -%}
    {%- if execute and missing -%}
        {%- set waiting = [] -%}
        {%- for parent in parents or [] -%}
            {%- do waiting.append("model." ~ model.package_name ~ "." ~ parent) -%}
        {%- else -%}
            {%- do waiting.append(model.unique_id) -%}
        {%- endfor -%}
        {%- set seen = [] -%}
        {%- for _ in range(graph.nodes | length + graph.sources | length) if waiting -%}
            {%- set node = waiting.pop() -%}
            {%- do seen.append(node) -%}
            {%- if node.startswith("source.") -%}
                {%- if node.split(".") | last in missing -%}
                    {%- set found.yes = true -%}
                {%- endif -%}
            {%- elif node in graph.nodes -%}
                {%- set optional = graph.nodes[node].config.meta.get("optional_parents", []) -%}
                {%- for parent in graph.nodes[node].depends_on.nodes if parent not in seen + waiting -%}
                    {%- if parent.split(".") | last not in optional + beside -%}
                        {%- do waiting.append(parent) -%}
                    {%- endif -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found.yes) -}}
{%- endmacro %}

{#- Whether a feed behind the figure that a column names did not come in. made_of: the models of each figure, by its
    name. -#}
{% macro is_incomplete_among(name, made_of) -%}
    {%- set missing = [] -%}
    {%- for figure_name, parents in made_of.items() if is_incomplete(parents) -%}
        {%- do missing.append(figure_name) -%}
    {%- endfor -%}
    {{ name ~ " in ('" ~ missing | join("', '") ~ "')" if missing else "false" }}
{%- endmacro %}

{#- A figure, or null where a feed behind it is missing. -#}
{% macro figure(value, parents=none) -%}
    {{ "null" if is_incomplete(parents) else value }}
{%- endmacro %}

{#- Why a figure stands as it does; a missing feed comes before every other reason. -#}
{% macro figure_status(status, parents=none) -%}
    {{ "'incomplete_feed'" if is_incomplete(parents) else status }}
{%- endmacro %}
