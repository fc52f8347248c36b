{{ config(
    materialized="incremental",
    incremental_strategy="append",
    on_schema_change="fail",
    pre_hook="{{ forget_changed_years() }}"
) }}

-- Students of a day by running sum over entries and exits, so that nothing is exploded to students and days.
with change as (
    select
        school_id,
        school_year,
        starts_on as on_date,
        1 as students
    from {{ ref('int_attendance__segment') }}
    where {{ is_in_changed_year("school_year") }}
    union all
    select
        school_id,
        school_year,
        ends_on + 1 as on_date,
        -1 as students
    from {{ ref('int_attendance__segment') }}
    where {{ is_in_changed_year("school_year") }}
),

net_change as (
    select
        school_id,
        school_year,
        on_date,
        sum(students) as students
    from change
    group by school_id, school_year, on_date
),

counted as (
    select
        school_day.school_id,
        school_day.school_year,
        school_day.on_date,
        school_day.is_submitted,
        sum(coalesce(net_change.students, 0)) over (
            partition by school_day.school_id, school_day.school_year
            order by school_day.on_date
        ) as students
    from {{ ref('int_attendance__school_day') }} as school_day
    left join net_change
        on
            school_day.school_id = net_change.school_id
            and school_day.school_year = net_change.school_year
            and school_day.on_date = net_change.on_date
    where {{ is_in_changed_year("school_day.school_year") }}
),

absence as (
    select
        school_id,
        on_date,
        sum(absent_fraction) as days_absent
    from {{ ref('int_attendance__absence') }}
    where {{ is_in_changed_year("school_year") }}
    group by school_id, on_date
)

select
    {{ surrogate_key(["counted.school_id", "counted.on_date"]) }} as k_school_day,
    {{ surrogate_key(["counted.school_id"]) }} as k_school,
    counted.school_id,
    counted.on_date,
    counted.school_year,
    cast(counted.students as integer) as enrolled_students,
    cast(coalesce(absence.days_absent, 0) as numeric(9, 1)) as days_absent,
    cast(counted.students - coalesce(absence.days_absent, 0) as numeric(9, 1)) as days_present
from counted
left join absence
    on
        counted.school_id = absence.school_id
        and counted.on_date = absence.on_date
where counted.is_submitted
