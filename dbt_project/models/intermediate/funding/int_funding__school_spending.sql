-- Each location's own spending by fund and function, and a school's share of what the offices spent: per
-- pupil enrolled, to the cent, since each school takes what the pupils up to it come to less what those
-- before it did.
with own as (
    select
        fiscal_year,
        location,
        is_school,
        fund,
        function,
        sum(actual_amount) as own_amount
    from {{ ref('int_funding__spending') }}
    group by fiscal_year, location, is_school, fund, function
),

office as (
    select
        fiscal_year,
        fund,
        function,
        sum(own_amount) as amount
    from own
    where not is_school
    group by fiscal_year, fund, function
),

place as (
    select
        pupil.fiscal_year,
        pupil.school_id,
        pupil.pupils,
        sum(pupil.pupils) over (partition by pupil.fiscal_year order by pupil.school_id) as through,
        sum(pupil.pupils) over (partition by pupil.fiscal_year) as all_pupils
    from {{ ref('int_funding__pupil') }} as pupil
    inner join {{ ref('int_core__school') }} as school on pupil.school_id = school.school_id
),

shared as (
    select
        place.fiscal_year,
        place.school_id as location,
        office.fund,
        office.function,
        round(office.amount * place.through / place.all_pupils, 2)
        - round(office.amount * (place.through - place.pupils) / place.all_pupils, 2) as central_amount
    from place
    inner join office on place.fiscal_year = office.fiscal_year
)

select
    fiscal_year,
    location,
    coalesce(own.is_school, true) as is_school,
    fund,
    function,
    cast(coalesce(own.own_amount, 0) as numeric(14, 2)) as own_amount,
    cast(coalesce(shared.central_amount, 0) as numeric(14, 2)) as central_amount
from own
full outer join shared using (fiscal_year, location, fund, function)
