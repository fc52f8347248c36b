{#- Puts a model under the policy of who may read what (include/access/policy.yml), in the transaction that swaps it
    in, so that there is no moment at which it can be read without. -#}
{% macro protect(relation) -%}
    select access.protect('{{ relation }}')
{%- endmacro %}
