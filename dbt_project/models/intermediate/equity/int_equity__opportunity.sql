-- Who could have had each opportunity, who had it, and the stratum of equal need that each student is in.
-- Where no course says whether it is advanced, has_it is null of everyone: nobody knows.
-- Need is the third of the students of the grade, by the mean of the student's percent ranks over the
-- subjects of the assessment at the start of the year; students without a result are a stratum of their own.
-- Who is on no roster of the year belongs to no group, and so to none that a group is compared with.
with ranked as (
    select
        student_id,
        school_year,
        cast(
            percent_rank() over (
                partition by school_year, assessment, subject, grade order by scale_score
            ) as numeric(9, 6)
        ) as place
    from {{ ref('int_achievement__result') }}
    where administration = '{{ var("need_administration") }}' and is_tested and scale_score is not null
),

mean_place as (
    select
        student_id,
        school_year,
        avg(place) as place
    from ranked
    group by student_id, school_year
),

program as (
    select
        student_id,
        school_year,
        bool_or(program = 'el') as is_el,
        bool_or(program = 'gifted') as is_gifted
    from {{ ref('int_core__student_program') }}
    group by student_id, school_year
),

student as (
    select
        student_year.student_id,
        student_year.school_year,
        coalesce(student_year.grade, 'unknown') as grade,
        coalesce(program.is_gifted, false) as is_gifted,
        coalesce(program.is_el, false) as is_el,
        case
            when mean_place.place is null then 'not tested'
            else
                cast(
                    least(
                        1 + floor(
                            3 * percent_rank() over (
                                partition by
                                    student_year.school_year, student_year.grade, mean_place.place is null
                                order by mean_place.place
                            )
                        ),
                        3
                    ) as text
                )
        end as third
    from {{ ref('int_core__student_year') }} as student_year
    left join mean_place
        on
            student_year.student_id = mean_place.student_id
            and student_year.school_year = mean_place.school_year
    left join program
        on
            student_year.student_id = program.student_id
            and student_year.school_year = program.school_year
    where student_year.is_enrolled
),

request as (
    select
        student_id,
        school_id,
        elt_term,
        program,
        {{ school_year("requested_on") }} as school_year,
        cast(date_trunc('week', requested_on) as date) as week_of,
        decision = 'offered' as has_it
    from {{ ref('stg_programs__elt_request') }}
    where
        {{ is_current() }}
        and stream = 'enrichment'
        and decision in ('offered', 'waitlisted', 'declined_by_site')
),

catalogue as (
    select coalesce(bool_or(is_advanced is not null), false) as says_advanced
    from {{ ref('stg_sis__course') }}
    where known_on <= {{ as_of() }}
),

-- An advanced course is open to a grade from which somebody in the district takes one that year.
open_grade as (
    select distinct
        student.school_year,
        student.grade
    from student
    inner join {{ ref('int_equity__advanced_course') }} as advanced_course
        on
            student.student_id = advanced_course.student_id
            and student.school_year = advanced_course.school_year
),

together as (
    select
        'gifted_program' as opportunity,
        student_id,
        school_year,
        is_el,
        is_gifted as has_it,
        grade || '|' || third as stratum
    from student
    union all
    select
        'advanced_course' as opportunity,
        student.student_id,
        student.school_year,
        student.is_el,
        case when catalogue.says_advanced then advanced_course.student_id is not null end as has_it,
        student.grade || '|' || student.third as stratum
    from student
    cross join catalogue
    left join open_grade
        on student.school_year = open_grade.school_year and student.grade = open_grade.grade
    left join {{ ref('int_equity__advanced_course') }} as advanced_course
        on
            student.student_id = advanced_course.student_id
            and student.school_year = advanced_course.school_year
    where open_grade.grade is not null or not catalogue.says_advanced
    union all
    select
        'enrichment_seat' as opportunity,
        request.student_id,
        request.school_year,
        student.is_el,
        request.has_it,
        request.elt_term || '|' || request.program || '|' || request.school_id || '|' || request.week_of
        || '|' || student.third as stratum
    from request
    inner join student
        on
            request.student_id = student.student_id
            and request.school_year = student.school_year
)

select
    opportunity,
    student_id,
    school_year,
    is_el,
    has_it,
    stratum,
    dense_rank() over (order by opportunity, school_year, stratum) as stratum_number
from together
