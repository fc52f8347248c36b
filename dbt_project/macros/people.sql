{#- Federal roll-up of race and ethnicity: Hispanic of any race first, then two or more, then one. -#}
{% macro student_race_group(alias) -%}
    case
        when {{ alias }}.is_hispanic then 'hispanic'
        when {{ alias }}.is_two_or_more then 'two_or_more'
        when
            cast(coalesce({{ alias }}.is_american_indian, false) as integer)
            + cast(coalesce({{ alias }}.is_asian, false) as integer)
            + cast(coalesce({{ alias }}.is_black, false) as integer)
            + cast(coalesce({{ alias }}.is_pacific_islander, false) as integer)
            + cast(coalesce({{ alias }}.is_white, false) as integer) > 1
            then 'two_or_more'
        when {{ alias }}.is_american_indian then 'american_indian'
        when {{ alias }}.is_asian then 'asian'
        when {{ alias }}.is_black then 'black'
        when {{ alias }}.is_pacific_islander then 'pacific_islander'
        when {{ alias }}.is_white then 'white'
        else 'unknown'
    end
{%- endmacro %}

{#- The same for staff, whose race comes as one code. Hispanic without a race is Hispanic. -#}
{% macro staff_race_group(alias) -%}
    case when {{ alias }}.is_hispanic then 'hispanic' else coalesce({{ alias }}.race, 'unknown') end
{%- endmacro %}
