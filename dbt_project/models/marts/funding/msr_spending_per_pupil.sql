with spent as (
    select
        case when is_school then 'school' else 'office' end as org_kind,
        location as org_id,
        fiscal_year,
        fund,
        function,
        own_amount,
        central_amount
    from {{ ref('int_funding__school_spending') }}
    union all
    select
        'district' as org_kind,
        'district' as org_id,
        fiscal_year,
        fund,
        function,
        case when is_school then own_amount else 0 end as own_amount,
        case when is_school then 0 else own_amount end as central_amount
    from {{ ref('int_funding__school_spending') }}
),

totalled as (
    select
        org_kind,
        org_id,
        fiscal_year,
        coalesce(fund, 'all') as fund,
        coalesce(function, 'all') as function,
        sum(own_amount) as own_amount,
        sum(central_amount) as central_amount
    from spent
    group by
        org_kind, org_id, fiscal_year,
        grouping sets ((fund, function), (fund), (function), ())
),

pupil as (
    select
        'school' as org_kind,
        school_id as org_id,
        fiscal_year,
        pupils,
        weighted_pupils
    from {{ ref('int_funding__pupil') }}
    union all
    select
        'district' as org_kind,
        'district' as org_id,
        pupil.fiscal_year,
        sum(pupil.pupils) as pupils,
        case when count(*) = count(pupil.weighted_pupils) then sum(pupil.weighted_pupils) end
            as weighted_pupils
    from {{ ref('int_funding__pupil') }} as pupil
    inner join {{ ref('dim_school') }} as school on pupil.school_id = school.school_id
    group by pupil.fiscal_year
)

select
    {{ surrogate_key(["org_kind", "org_id", "fiscal_year", "fund", "function"]) }} as k_spending_per_pupil,
    org_kind,
    org_id,
    case when org_kind = 'school' then {{ surrogate_key(["org_id"]) }} end as k_school,
    fiscal_year,
    {{ year_ends_on("fiscal_year") }} <= {{ as_of() }} as is_year_over,
    fund,
    function,
    cast(pupil.pupils as integer) as n,
    cast(pupil.weighted_pupils as numeric(14, 4)) as weighted_pupils,
    cast(totalled.own_amount as numeric(14, 2)) as own_amount,
    cast(totalled.central_amount as numeric(14, 2)) as central_amount,
    cast({{ figure(share("totalled.own_amount", "pupil.pupils")) }} as numeric(14, 2)) as value,
    cast({{ figure(share("totalled.central_amount", "pupil.pupils")) }} as numeric(14, 2))
        as central_per_pupil,
    cast(
        {{ figure(share("totalled.own_amount + totalled.central_amount", "pupil.pupils")) }} as numeric(14, 2)
    ) as all_per_pupil,
    cast({{ figure(share("totalled.own_amount", "pupil.weighted_pupils")) }} as numeric(14, 2))
        as per_weighted_pupil,
    {{ as_of() }} as as_of,
    {{ figure_status("case when pupil.pupils is null then 'not_collected' else 'ok' end") }} as status,
    {{ figure_status("case when pupil.weighted_pupils is null then 'not_collected' else 'ok' end") }}
        as weighted_status
from totalled
left join pupil using (org_kind, org_id, fiscal_year)
