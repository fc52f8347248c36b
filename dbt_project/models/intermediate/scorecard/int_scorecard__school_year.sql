-- The schools of the directory in every year in which they have students or a figure: with the network
-- they were in on the last day of the year (or the as-of day, while it lasts), and their need share.
with in_need as (
    select distinct
        student_id,
        school_year
    from {{ ref('int_core__student_program') }}
    where
        program in ({{ quoted(var("need_programs")) }})
),

pupil as (
    select
        student_year.school_id,
        student_year.school_year,
        count(*) as students,
        count(in_need.student_id) as students_in_need
    from {{ ref('int_core__student_year') }} as student_year
    left join in_need
        on
            student_year.student_id = in_need.student_id
            and student_year.school_year = in_need.school_year
    group by student_year.school_id, student_year.school_year
),

-- A year in which the district has no record of the programmes has no need share, and not one of 0.
recorded as (
    select school_year
    from pupil
    group by school_year
    having sum(students_in_need) > 0
),

school_year as (
    select
        school_id,
        school_year
    from pupil
    union
    select
        school_id,
        school_year
    from {{ ref('int_scorecard__indicator') }}
),

dated as (
    select
        school_year.school_id,
        school_year.school_year,
        school.level,
        {{ membership_on("school_year.school_year") }} as at_on
    from school_year
    inner join {{ ref('int_core__school') }} as school on school_year.school_id = school.school_id
    where {{ year_begins_on("school_year.school_year") }} <= {{ as_of() }}
)

select
    dated.school_id,
    dated.school_year,
    dated.at_on,
    {{ year_ends_on("dated.school_year") }} <= {{ as_of() }} as is_year_over,
    dated.level,
    network.network_id,
    coalesce(pupil.students, 0) as students,
    -- Rounded, so that schools whose published shares are the same are equally near.
    case
        when recorded.school_year is not null
            then round({{ share("pupil.students_in_need", "pupil.students") }}, 6)
    end as need_share
from dated
left join pupil using (school_id, school_year)
left join recorded on dated.school_year = recorded.school_year
left join {{ ref('int_core__school_network') }} as network
    on
        dated.school_id = network.school_id
        and dated.at_on >= network.valid_from
        and (network.valid_to is null or dated.at_on <= network.valid_to)
