-- How many of each group reached each stage of hiring, and the median days from one to the next. Every
-- group has a row wherever a job was advertised, also where nobody applied. A row without a school year
-- holds all years together.
with advertised as (
    select
        org.org_kind,
        org.org_id,
        coalesce(requisition.job_group, 'all_staff') as job_group,
        requisition.school_year,
        count(*) as requisitions
    from {{ ref('int_staffing__requisition') }} as requisition
    inner join {{ ref('int_core__org_school') }} as org
        on requisition.school_id = org.school_id and requisition.school_year = org.school_year
    group by
        org.org_kind,
        org.org_id,
        cube (requisition.job_group, requisition.school_year)
),

counted as (
    select
        org.org_kind,
        org.org_id,
        coalesce(application.job_group, 'all_staff') as job_group,
        application.school_year,
        coalesce(application.race_group, 'all_groups') as race_group,
        count(*) as applied,
        count(*) filter (where application.is_screened) as screened,
        count(*) filter (where application.is_interviewed) as interviewed,
        count(*) filter (where application.is_offered) as offered,
        count(*) filter (where application.is_accepted) as accepted,
        {%- for before, after in hiring_steps() %}
        percentile_cont(0.5) within group (
            order by
                case
                    when application.{{ after }}_on >= application.{{ before }}_on
                        then application.{{ after }}_on - application.{{ before }}_on
                end
        ) as days_to_{{ after }},
        {%- endfor %}
        count(*) filter (where application.is_started) as started
    from {{ ref('int_staffing__application') }} as application
    inner join {{ ref('int_core__org_school') }} as org
        on application.school_id = org.school_id and application.school_year = org.school_year
    group by
        org.org_kind,
        org.org_id,
        cube (application.job_group, application.school_year, application.race_group)
),

race as (
    {{ published_race_groups() }}
)

select
    advertised.org_kind,
    advertised.org_id,
    advertised.job_group,
    advertised.school_year,
    race.race_group,
    advertised.requisitions,
    {%- for before, after in hiring_steps() %}
    coalesce(counted.{{ after }}, 0) as {{ after }},
    counted.days_to_{{ after }},
    {%- endfor %}
    coalesce(counted.applied, 0) as applied
from advertised
cross join race
left join counted
    on
        advertised.org_kind = counted.org_kind
        and advertised.org_id = counted.org_id
        and advertised.job_group = counted.job_group
        and coalesce(advertised.school_year, 0) = coalesce(counted.school_year, 0)
        and race.race_group = counted.race_group
