{#- Why an attendance figure stands as it does. -#}
{% macro attendance_status(denominator, enrolled_days, scheduled_days) -%}
    case
        when {{ enrolled_days }} = 0 then 'not_collected'
        when {{ denominator }} = 0 then 'insufficient_n'
        when {{ enrolled_days }} < {{ var("attendance_min_coverage") }} * {{ scheduled_days }} then 'incomplete_feed'
        else 'ok'
    end
{%- endmacro %}
