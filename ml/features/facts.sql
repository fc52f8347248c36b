-- What was known before each as-of date: rows and the sum of their hashes, by mart. The same sums are the same facts,
-- in whatever order they lie. A version that was superseded since counts as it did then, so every column is hashed
-- but known_on and superseded_on, by which each row is hashed once for all dates.
create temporary table f_facts on commit drop as
with known as (
    select
        'attendance' as mart,
        school_year,
        null::date as on_date,
        known_on,
        superseded_on,
        count(*) as n,
        sum(
            hash_record_extended(row(student_id, school_id, on_date, school_year, absent_fraction, absence_kind), 0)
        ) as facts
    from marts.fct_attendance_version
    group by school_year, known_on, superseded_on

    union all

    select
        'submitted_day' as mart,
        school_year,
        null::date as on_date,
        known_on,
        superseded_on,
        count(*) as n,
        sum(hash_record_extended(row(school_id, on_date, school_year), 0)) as facts
    from marts.fct_submitted_day_version
    group by school_year, known_on, superseded_on

    union all

    select
        'enrollment' as mart,
        school_year,
        null::date as on_date,
        known_on,
        superseded_on,
        count(*) as n,
        sum(hash_record_extended(row(student_id, school_id, school_year, grade, entered_on, exited_on), 0)) as facts
    from marts.fct_enrollment_version
    group by school_year, known_on, superseded_on

    union all

    select
        'course_grade' as mart,
        school_year,
        null::date as on_date,
        known_on,
        superseded_on,
        count(*) as n,
        sum(
            hash_record_extended(
                row(
                    student_id, school_id, course_id, term_id, school_year, subject, is_core, mark, points, is_failing,
                    posted_on
                ),
                0
            )
        ) as facts
    from marts.fct_course_grade_version
    group by school_year, known_on, superseded_on

    union all

    select
        'assessment' as mart,
        null::integer as school_year,
        administered_on as on_date,
        known_on,
        superseded_on,
        count(*) as n,
        sum(
            hash_record_extended(
                row(
                    student_id, school_id, district_id, assessment, subject, school_year, administration, grade,
                    administered_on, scale_score, level, is_proficient
                ),
                0
            )
        ) as facts
    from marts.fct_assessment_version
    group by administered_on, known_on, superseded_on

    union all

    select
        'discipline' as mart,
        school_year,
        null::date as on_date,
        known_on,
        superseded_on,
        count(*) as n,
        sum(
            hash_record_extended(
                row(student_id, school_id, action_id, on_date, school_year, code, days, is_discretionary), 0
            )
        ) as facts
    from marts.fct_discipline_version
    group by school_year, known_on, superseded_on

    union all

    select
        'program' as mart,
        null::integer as school_year,
        null::date as on_date,
        known_on,
        superseded_on,
        count(*) as n,
        sum(hash_record_extended(row(student_id, program, begins_on, ends_on, level), 0)) as facts
    from marts.brg_program_version
    group by known_on, superseded_on
)

select
    p.as_of,
    k.mart,
    sum(k.n) as n,
    sum(k.facts) as facts
from as_of_date as p
inner join known as k
    on
        k.known_on < p.as_of
        and (k.superseded_on is null or k.superseded_on >= p.as_of)
        and (k.school_year is null or k.school_year in (p.school_year, p.school_year - 1))
        and (k.on_date is null or k.on_date >= p.as_of - 2 * p.assessment_days)
group by p.as_of, k.mart;
