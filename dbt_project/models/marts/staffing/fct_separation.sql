with last_post as (
    select distinct on (separation.staff_id, separation.separated_on)
        separation.staff_id,
        separation.separated_on,
        separation.reason,
        spell.school_id,
        spell.job_group
    from {{ ref('int_staffing__separation') }} as separation
    left join {{ ref('int_staffing__spell') }} as spell
        on separation.staff_id = spell.staff_id and separation.separated_on >= spell.begins_on
    order by
        separation.staff_id,
        separation.separated_on,
        spell.begins_on desc,
        spell.fte desc,
        spell.school_id
)

select
    {{ person_key(["last_post.staff_id", "last_post.separated_on"]) }} as k_separation,
    {{ person_key(["last_post.staff_id"]) }} as k_staff,
    {{ surrogate_key(["last_post.school_id"]) }} as k_school,
    last_post.staff_id,
    last_post.separated_on,
    {{ school_year("last_post.separated_on") }} as school_year,
    {{ year_ends_on(school_year("last_post.separated_on")) }} as year_ends_on,
    last_post.reason,
    last_post.school_id,
    last_post.job_group,
    coalesce(staff.race_group, 'unknown') as race_group
from last_post
left join {{ ref('int_staffing__staff') }} as staff on last_post.staff_id = staff.staff_id
