-- Selection rates of each group at each stage beside those of the group with the highest one. Groups with
-- few people neither are compared nor set the rate. A school has too few of one job group: it is compared
-- over all of them.
with step as (
    select
        funnel.org_kind,
        funnel.org_id,
        funnel.job_group,
        funnel.school_year,
        funnel.race_group,
        race_group.position as race_position,
        stage.stage,
        stage.came,
        stage.passed,
        stage.came >= {{ var("adverse_impact_min_applicants") }} as is_compared
    from {{ ref('int_staffing__funnel') }} as funnel
    inner join {{ ref('race_group') }} as race_group on funnel.race_group = race_group.race_group
    cross join
        lateral (
            values
            {%- for before, after in hiring_steps() %}
            ('{{ after }}', funnel.{{ before }}, funnel.{{ after }}),
            {%- endfor %}
            ('overall', funnel.applied, funnel.accepted)
        ) as stage (stage, came, passed)
    where funnel.org_kind <> 'school' or funnel.job_group = 'all_staff'
),

-- Those who state no race are published, and are no group that others are measured by.
highest as (
    select distinct on (org_kind, org_id, job_group, school_year, stage)
        org_kind,
        org_id,
        job_group,
        school_year,
        stage,
        race_group,
        came,
        passed
    from step
    where is_compared and race_group <> 'unknown'
    order by
        org_kind,
        org_id,
        job_group,
        school_year,
        stage,
        {{ share("passed", "came") }} desc,
        came desc,
        race_position
)

select
    step.org_kind,
    step.org_id,
    step.job_group,
    step.school_year,
    step.stage,
    step.race_group,
    step.came,
    step.passed,
    step.is_compared,
    highest.race_group as comparison_group,
    highest.came as comparison_came,
    highest.passed as comparison_passed,
    step.race_group = highest.race_group as is_comparison,
    case
        when step.is_compared and step.race_group <> highest.race_group and highest.passed > 0
            then {{ fisher_exact("step.passed", "step.came", "highest.passed", "highest.came") }}
    end as p_value
from step
left join highest
    on
        step.org_kind = highest.org_kind
        and step.org_id = highest.org_id
        and step.job_group = highest.job_group
        and step.school_year is not distinct from highest.school_year
        and step.stage = highest.stage
