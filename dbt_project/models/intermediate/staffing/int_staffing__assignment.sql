-- Who worked where on the base date of each school year that has come.
with base_date as (
    select distinct
        {{ school_year("on_date") }} as school_year
    from {{ ref('int_core__date') }}
),

member as (
    select distinct on (staff_id)
        staff_id,
        {{ staff_race_group("staff_member") }} as race_group
    from {{ ref('stg_hr__staff_member') }} as staff_member
    where {{ is_current() }}
    order by staff_id, known_on desc, feed
)

select
    assignment.staff_id,
    assignment.school_id,
    assignment.job_group,
    base_date.school_year,
    coalesce(member.race_group, 'unknown') as race_group,
    assignment.fte
from {{ ref('stg_hr__staff_assignment') }} as assignment
inner join base_date
    on
        {{ staffing_base_on("base_date.school_year") }} <= {{ as_of() }}
        and {{ staffing_base_on("base_date.school_year") }} >= assignment.begins_on
        and (
            assignment.ends_on is null
            or {{ staffing_base_on("base_date.school_year") }} <= assignment.ends_on
        )
left join member on assignment.staff_id = member.staff_id
where {{ is_current("assignment") }}
