-- The parts of a row are stacked and folded, not joined: a planner that takes the four columns of its key
-- for independent expects one row of such a join, and walks through all of them for each.
with part as (
    select
        org_kind,
        org_id,
        school_year,
        job_group,
        sum(fte) as fte,
        coalesce(sum(fte) filter (where race_group = 'white'), 0) as white_fte,
        coalesce(sum(fte) filter (where race_group in ('unknown', 'not_itemised')), 0) as unknown_fte,
        cast(null as bigint) as headcount,
        cast(null as numeric) as sum_of_squares,
        cast(null as numeric) as parity_index
    from {{ ref('int_staffing__org_fte') }}
    group by org_kind, org_id, school_year, job_group
    union all
    select
        org_kind,
        org_id,
        school_year,
        job_group,
        null as fte,
        null as white_fte,
        null as unknown_fte,
        null as headcount,
        sum(power({{ share("fte", "known_fte") }}, 2)) as sum_of_squares,
        {{ parity_index(share("students", "known_students"), share("fte", "known_fte")) }} as parity_index
    from {{ ref('int_staffing__org_group') }}
    group by org_kind, org_id, school_year, job_group
    union all
    select
        org_kind,
        org_id,
        school_year,
        job_group,
        null as fte,
        null as white_fte,
        null as unknown_fte,
        headcount,
        null as sum_of_squares,
        null as parity_index
    from {{ ref('int_staffing__org_headcount') }}
),

staff as (
    select
        org_kind,
        org_id,
        school_year,
        job_group,
        max(fte) as fte,
        max(white_fte) as white_fte,
        max(unknown_fte) as unknown_fte,
        max(headcount) as headcount,
        max(sum_of_squares) as sum_of_squares,
        max(parity_index) as parity_index
    from part
    group by org_kind, org_id, school_year, job_group
    having max(fte) is not null
),

student as (
    select
        org.org_kind,
        org.org_id,
        student_count.school_year,
        sum(student_count.students) as students,
        coalesce(sum(student_count.students) filter (where student_count.race_group = 'white'), 0)
            as white_students,
        coalesce(sum(student_count.students) filter (where student_count.race_group = 'unknown'), 0)
            as unknown_students
    from {{ ref('int_staffing__student_count') }} as student_count
    inner join {{ ref('int_core__org_school') }} as org
        on student_count.school_id = org.school_id and student_count.school_year = org.school_year
    group by org.org_kind, org.org_id, student_count.school_year
),

member as (
    select count(*) as group_count
    from {{ ref('race_group') }}
    where is_diversity_group
),

directory as (
    select
        org_kind,
        org_id,
        bool_or(is_in_directory) as is_in_directory
    from {{ ref('int_core__org_school') }}
    group by org_kind, org_id
),

indexed as (
    select
        staff.*,
        directory.is_in_directory,
        student.students,
        student.students - student.white_students - student.unknown_students as students_of_colour,
        student.students - student.unknown_students as known_students,
        {{ normalised_blau("staff.sum_of_squares", "member.group_count") }} as diversity_index
    from staff
    cross join member
    left join student using (org_kind, org_id, school_year)
    inner join directory using (org_kind, org_id)
)

select
    {{ surrogate_key(["org_kind", "org_id", "school_year", "job_group"]) }} as k_staffing_diversity,
    org_kind,
    org_id,
    case when org_kind = 'school' then {{ surrogate_key(["org_id"]) }} end as k_school,
    is_in_directory,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    {{ staffing_base_on("school_year") }} as base_on,
    job_group,
    cast(fte as numeric(12, 2)) as fte,
    cast(white_fte as numeric(12, 2)) as white_fte,
    cast(unknown_fte as numeric(12, 2)) as unknown_fte,
    cast(fte - white_fte - unknown_fte as numeric(12, 2)) as staff_of_colour_fte,
    cast(headcount as integer) as headcount,
    cast({{ figure(share("fte - white_fte - unknown_fte", "fte - unknown_fte")) }} as numeric(12, 10))
        as staff_of_colour_share,
    cast({{ share("unknown_fte", "fte") }} as numeric(12, 10)) as unknown_share,
    cast(students as integer) as students,
    cast(students_of_colour as integer) as students_of_colour,
    cast({{ figure(share("students_of_colour", "known_students")) }} as numeric(12, 10))
        as students_of_colour_share,
    cast({{ figure("diversity_index") }} as numeric(12, 10)) as diversity_index,
    cast({{ figure("parity_index") }} as numeric(12, 10)) as parity_index,
    cast({{ figure("sqrt(diversity_index * parity_index)") }} as numeric(12, 10)) as staffing_diversity_index,
    {{ as_of() }} as as_of,
    {{ figure_status(
        "case when fte - unknown_fte <= 0 then 'insufficient_n'"
        ~ " when students is null then 'not_collected' else 'ok' end"
    ) }} as status
from indexed
