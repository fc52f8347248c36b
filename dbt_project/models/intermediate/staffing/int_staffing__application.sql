-- Applications with the stages that they had reached by the as-of day. Whoever reached a later stage has
-- reached those before it, also where the source skips a day. An application belongs to the year in which
-- its job was advertised.
with requisition as (
    select *
    from {{ ref('int_staffing__requisition') }}
),

current_application as (
    select distinct on (application_id)
        application_id,
        requisition_id,
        {{ staff_race_group("application") }} as race_group,
        applied_on,
        case when screened_on <= {{ as_of() }} then screened_on end as screened_on,
        case when interviewed_on <= {{ as_of() }} then interviewed_on end as interviewed_on,
        case when offered_on <= {{ as_of() }} then offered_on end as offered_on,
        case when accepted_on <= {{ as_of() }} then accepted_on end as accepted_on,
        case when started_on <= {{ as_of() }} then started_on end as started_on
    from {{ ref('stg_hr__application') }} as application
    where {{ is_current() }} and applied_on <= {{ as_of() }}
    order by application_id, known_on desc, feed
)

select
    application.*,
    requisition.position_id,
    requisition.school_id,
    requisition.job_group,
    requisition.school_year,
    coalesce(
        application.screened_on,
        application.interviewed_on,
        application.offered_on,
        application.accepted_on,
        application.started_on
    ) is not null as is_screened,
    coalesce(
        application.interviewed_on, application.offered_on, application.accepted_on, application.started_on
    ) is not null as is_interviewed,
    coalesce(application.offered_on, application.accepted_on, application.started_on) is not null
        as is_offered,
    coalesce(application.accepted_on, application.started_on) is not null as is_accepted,
    application.started_on is not null as is_started
from current_application as application
inner join requisition on application.requisition_id = requisition.requisition_id
