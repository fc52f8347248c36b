-- A student is in a programme group of a year when a record covers a day of it, up to the as-of day, and
-- currently so when one covers the student's last day of the year. Ever-EL looks back over all records.
with record as (
    select
        student_id,
        program,
        begins_on,
        ends_on
    from {{ ref('stg_programs__participation') }}
    where {{ is_current() }} and begins_on <= {{ as_of() }}
)

select
    student_year.student_id,
    student_year.school_year,
    record.program,
    bool_or(
        record.begins_on <= student_year.last_on
        and (record.ends_on is null or record.ends_on >= student_year.last_on)
    ) as is_current
from {{ ref('int_core__student_year') }} as student_year
inner join record
    on
        student_year.student_id = record.student_id
        and record.begins_on <= {{ year_ends_on("student_year.school_year") }}
        and (record.ends_on is null or record.ends_on >= {{ year_begins_on("student_year.school_year") }})
group by student_year.student_id, student_year.school_year, record.program
union all
select distinct
    student_year.student_id,
    student_year.school_year,
    'ever_el' as program,
    true as is_current
from {{ ref('int_core__student_year') }} as student_year
inner join record
    on
        student_year.student_id = record.student_id
        and record.program = 'el'
        and record.begins_on <= {{ year_ends_on("student_year.school_year") }}
