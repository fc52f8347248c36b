-- One row per school and calendar date of a school year, with counts from the year's first day up to the
-- date: the days of any spell are then one subtraction, however long it is.
with scheduled as (
    select distinct
        school_id,
        school_year,
        on_date
    from {{ ref('stg_sis__calendar_day') }}
    where {{ is_current() }} and is_instructional and on_date <= {{ as_of() }}
),

submitted as (
    select distinct
        school_id,
        on_date
    from {{ ref('int_attendance__submission_version') }}
    where {{ is_current() }}
),

school_year as (
    select distinct
        school_id,
        school_year
    from scheduled
),

every_date as (
    select
        school_year.school_id,
        school_year.school_year,
        dates.on_date
    from school_year
    inner join {{ ref('int_core__date') }} as dates
        on
            dates.on_date between {{ year_begins_on("school_year.school_year") }}
            and {{ year_ends_on("school_year.school_year") }}
),

marked as (
    select
        every_date.school_id,
        every_date.school_year,
        every_date.on_date,
        scheduled.on_date is not null as is_scheduled,
        scheduled.on_date is not null and submitted.on_date is not null as is_submitted
    from every_date
    left join scheduled
        on
            every_date.school_id = scheduled.school_id
            and every_date.school_year = scheduled.school_year
            and every_date.on_date = scheduled.on_date
    left join submitted
        on
            every_date.school_id = submitted.school_id
            and every_date.on_date = submitted.on_date
)

select
    school_id,
    school_year,
    on_date,
    is_scheduled,
    is_submitted,
    count(*) filter (where is_scheduled) over year_so_far as scheduled_so_far,
    count(*) filter (where is_submitted) over year_so_far as submitted_so_far
from marked
window year_so_far as (partition by school_id, school_year order by on_date)
