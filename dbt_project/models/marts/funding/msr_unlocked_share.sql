-- A location counts a service that it has dollars for; a location without any still shows.
with service_year as (
    select
        location,
        fiscal_year,
        service,
        lock_status,
        sum(budget_amount) as budget_amount
    from {{ ref('int_funding__spending') }}
    group by location, fiscal_year, service, lock_status
),

together as (
    select
        'location' as org_kind,
        location as org_id,
        fiscal_year,
        service,
        lock_status,
        budget_amount,
        service is not null and budget_amount <> 0 as is_counted
    from service_year
    union all
    select
        'district' as org_kind,
        'district' as org_id,
        fiscal_year,
        service,
        lock_status,
        budget_amount,
        service is not null and budget_amount <> 0 as is_counted
    from service_year
),

counted as (
    select
        org_kind,
        org_id,
        fiscal_year,
        count(distinct service) filter (where is_counted and lock_status is not null) as services,
        count(distinct service) filter (where is_counted and lock_status = 'unlocked') as unlocked_services,
        count(distinct service) filter (where is_counted and lock_status is null) as unmapped_services,
        coalesce(sum(budget_amount) filter (where lock_status is not null), 0) as budget_amount,
        coalesce(sum(budget_amount) filter (where lock_status = 'unlocked'), 0) as unlocked_amount
    from together
    group by org_kind, org_id, fiscal_year
)

select
    {{ surrogate_key(["org_kind", "org_id", "fiscal_year"]) }} as k_unlocked_share,
    org_kind,
    org_id,
    school.k_school,
    fiscal_year,
    cast(services as integer) as services,
    cast(unlocked_services as integer) as unlocked_services,
    cast(unmapped_services as integer) as unmapped_services,
    cast({{ figure(share("unlocked_services", "services")) }} as numeric(9, 6)) as unlocked_service_share,
    cast(budget_amount as numeric(14, 2)) as budget_amount,
    cast(unlocked_amount as numeric(14, 2)) as unlocked_amount,
    cast({{ figure(share("unlocked_amount", "budget_amount")) }} as numeric(9, 6)) as unlocked_dollar_share,
    cast({{ var("unlocked_target") }} as numeric(9, 6)) as target,
    cast(plan.milestone as numeric(9, 6)) as milestone,
    cast(
        {{ figure(share("unlocked_services", "services")) }} - {{ var("unlocked_target") }} as numeric(9, 6)
    ) as service_target_gap,
    cast(
        {{ figure(share("unlocked_amount", "budget_amount")) }} - {{ var("unlocked_target") }}
        as numeric(9, 6)
    ) as dollar_target_gap,
    {{ figure(share("unlocked_services", "services")) }} >= {{ var("unlocked_target") }} as is_target_met,
    {{ figure(share("unlocked_services", "services")) }} >= plan.milestone as is_milestone_met,
    {{ as_of() }} as as_of,
    {{ figure_status(
        "case when services = 0 then 'not_collected' when budget_amount = 0 then 'insufficient_n'"
        ~ " when unmapped_services > 0 then 'incomplete_feed' else 'ok' end"
    ) }} as status
from counted
left join {{ ref('unlocked_plan') }} as plan using (fiscal_year)
left join {{ ref('dim_school') }} as school
    on
        counted.org_kind = 'location'
        and counted.org_id = school.school_id
