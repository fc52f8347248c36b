-- Spells of people in positions as they are known now; one that two feeds report counts once.
select distinct on (assignment.staff_id, assignment.position_id, assignment.begins_on)
    assignment.staff_id,
    assignment.position_id,
    assignment.school_id,
    assignment.job_group,
    staff.race_group,
    assignment.fte,
    assignment.begins_on,
    assignment.ends_on
from {{ ref('stg_hr__staff_assignment') }} as assignment
inner join {{ ref('int_staffing__staff') }} as staff on assignment.staff_id = staff.staff_id
where {{ is_current("assignment") }}
order by
    assignment.staff_id,
    assignment.position_id,
    assignment.begins_on,
    assignment.known_on desc,
    assignment.feed
