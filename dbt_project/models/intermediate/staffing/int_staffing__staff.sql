-- Everyone whom HR names, with one race group. Hispanic comes before race; who states nothing is unknown.
with member as (
    select distinct on (staff_id)
        staff_id,
        {{ staff_race_group("staff_member") }} as race_group,
        hired_on
    from {{ ref('stg_hr__staff_member') }} as staff_member
    where {{ is_current() }}
    order by staff_id, known_on desc, feed
),

seen as (
    select staff_id from member
    union
    select staff_id from {{ ref('stg_hr__staff_assignment') }}
    where {{ is_current() }}
)

select
    seen.staff_id,
    coalesce(member.race_group, 'unknown') as race_group,
    member.hired_on
from seen
left join member on seen.staff_id = member.staff_id
