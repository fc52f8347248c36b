with left_on as (
    select distinct on (staff_id)
        staff_id,
        separated_on,
        reason
    from {{ ref('int_staffing__separation') }}
    order by staff_id, separated_on desc
),

in_post as (
    select staff_id
    from {{ ref('int_staffing__spell') }}
    where begins_on <= {{ as_of() }} and (ends_on is null or ends_on >= {{ as_of() }})
    group by staff_id
)

select
    {{ person_key(["staff.staff_id"]) }} as k_staff,
    staff.staff_id,
    staff.race_group,
    staff.hired_on,
    left_on.separated_on,
    left_on.reason as separation_reason,
    in_post.staff_id is not null as is_in_post
from {{ ref('int_staffing__staff') }} as staff
left join left_on on staff.staff_id = left_on.staff_id
left join in_post on staff.staff_id = in_post.staff_id
