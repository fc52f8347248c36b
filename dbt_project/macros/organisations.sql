{#- What is summed by school, for every organisation that holds the school. -#}

{#- The rows of a relation once for each school, network and the district, as org_kind and org_id beside all of its
    columns. relation: has school_id and school_year. Every row counts in the district, also one whose school is missing
    from the directory. -#}
{% macro by_organisation(relation) -%}
    select
        placed.org_kind,
        placed.org_id,
        {{ relation }}.*
    from {{ relation }}
    inner join (
        select
            org_kind,
            org_id,
            school_id,
            school_year
        from {{ ref('int_core__org_school') }}
        where org_kind in ('school', 'network')
        union
        select
            'school' as org_kind,
            school_id as org_id,
            school_id,
            school_year
        from {{ relation }}
        where school_id is not null
    ) as placed on {{ relation }}.school_id = placed.school_id and {{ relation }}.school_year = placed.school_year
    union all
    select
        'district' as org_kind,
        'district' as org_id,
        {{ relation }}.*
    from {{ relation }}
{%- endmacro %}
