{%- set registered = ["stg_community__registration"] %}
{%- set attended = ["int_registration__application"] %}

with step as (
    select
        application.application_id,
        application.school_year,
        application.school_id,
        application.grade,
        application.home_language,
        application.program,
        application.withdrawn_on is not null as is_withdrawn,
        steps.step,
        steps.step_order,
        steps.begins_on,
        steps.ends_on
    from {{ ref('int_registration__application') }} as application
    cross join
        lateral (
            values
            ('complete', 1, submitted_on, completed_on),
            ('place', 2, completed_on, placed_on),
            ('notify', 3, placed_on, notified_on),
            ('enroll', 4, notified_on, enrolled_on),
            ('attend', 5, enrolled_on, first_attended_on),
            ('in_all', 6, submitted_on, first_attended_on)
        ) as steps (step, step_order, begins_on, ends_on)
    -- A step begins when the one before it is done.
    where steps.begins_on is not null
),

aged as (
    select
        step.*,
        case when not is_withdrawn then ends_on - begins_on end as done_days,
        case when not is_withdrawn and ends_on is null then {{ as_of() }} - begins_on end as open_days
    from step
),

grouped as (
    select
        aged.school_year,
        groups.group_kind,
        groups.group_name,
        aged.step,
        aged.step_order,
        count(aged.done_days) as done,
        count(aged.open_days) as still_open,
        count(*) filter (where aged.is_withdrawn) as withdrawn,
        avg(aged.done_days) as mean_days,
        percentile_cont(0.5) within group (order by aged.done_days) as median_days,
        percentile_cont(0.9) within group (order by aged.done_days) as p90_days,
        percentile_cont(0.5) within group (order by aged.open_days) as median_open_days,
        max(aged.open_days) as longest_open_days,
        percentile_cont(0.5) within group (order by coalesce(aged.done_days, aged.open_days))
            as median_days_so_far
    from aged
    cross join
        lateral (
            values
            ('all', 'all'),
            ('school', coalesce(aged.school_id, 'unknown')),
            ('grade', aged.grade),
            ('home_language', aged.home_language),
            ('program', aged.program)
        ) as groups (group_kind, group_name)
    group by aged.school_year, groups.group_kind, groups.group_name, aged.step, aged.step_order
)

select
    {{ surrogate_key(["school_year", "group_kind", "group_name", "step"]) }} as k_registration_timeline,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    group_kind,
    group_name,
    step,
    step_order,
    {% for value in ["median_days", "p90_days", "mean_days", "median_open_days", "median_days_so_far"] -%}
    cast(
        case
            when step in ('attend', 'in_all') then {{ figure(value, attended) }}
            else {{ figure(value, registered) }}
        end as numeric(9, 2)
    ) as {{ "value" if value == "median_days" else value }},
    {% endfor -%}
    cast(done + still_open as integer) as n,
    cast(done as integer) as done,
    cast(still_open as integer) as still_open,
    cast(longest_open_days as integer) as longest_open_days,
    cast(withdrawn as integer) as withdrawn,
    {{ as_of() }} as as_of,
    case
        when step in ('attend', 'in_all')
            then {{ figure_status("case when done = 0 then 'insufficient_n' else 'ok' end", attended) }}
        else {{ figure_status("case when done = 0 then 'insufficient_n' else 'ok' end", registered) }}
    end as status
from grouped
