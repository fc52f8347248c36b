-- Each search with how far it came: filled when somebody first accepted, withdrawn when it was closed
-- without that, else open. One without an applicant is there too.
with counted as (
    select
        requisition_id,
        count(*) as applicants,
        count(*) filter (where is_screened) as screened,
        count(*) filter (where is_interviewed) as interviewed,
        count(*) filter (where is_offered) as offered,
        count(*) filter (where is_accepted) as accepted,
        count(*) filter (where is_started) as started,
        min(coalesce(accepted_on, started_on)) as accepted_on
    from {{ ref('int_staffing__application') }}
    group by requisition_id
)

select
    requisition.*,
    coalesce(counted.applicants, 0) as applicants,
    coalesce(counted.screened, 0) as screened,
    coalesce(counted.interviewed, 0) as interviewed,
    coalesce(counted.offered, 0) as offered,
    coalesce(counted.accepted, 0) as accepted,
    coalesce(counted.started, 0) as started,
    counted.accepted_on,
    case
        when counted.accepted_on is not null then 'filled'
        when requisition.closed_on is not null then 'withdrawn'
        else 'open'
    end as state,
    coalesce(counted.accepted_on, requisition.closed_on, {{ as_of() }}) - requisition.posted_on as days_open
from {{ ref('int_staffing__requisition') }} as requisition
left join counted on requisition.requisition_id = counted.requisition_id
