-- Spells cut at every entry and exit, so that each day of a student belongs to one segment and one school:
-- where spells overlap, the one entered last. An overlapped day is thus one day.
with spell as (
    select
        student_id,
        school_id,
        school_year,
        entered_on,
        greatest(entered_on, {{ year_begins_on("school_year") }}) as starts_on,
        least(exited_on, {{ year_ends_on("school_year") }}, {{ as_of() }}) as ends_on
    from {{ ref('stg_sis__school_enrollment') }}
    where {{ is_current() }}
),

counted as (
    select * from spell
    where starts_on <= ends_on
),

boundary as (
    select
        student_id,
        school_year,
        starts_on as at_on
    from counted
    union
    select
        student_id,
        school_year,
        ends_on + 1 as at_on
    from counted
),

piece as (
    select
        student_id,
        school_year,
        at_on as starts_on,
        lead(at_on) over (partition by student_id, school_year order by at_on) - 1 as ends_on
    from boundary
)

select distinct on (piece.student_id, piece.school_year, piece.starts_on)
    piece.student_id,
    piece.school_year,
    counted.school_id,
    piece.starts_on,
    piece.ends_on
from piece
inner join counted
    on
        piece.student_id = counted.student_id
        and piece.school_year = counted.school_year
        and piece.starts_on between counted.starts_on and counted.ends_on
order by piece.student_id, piece.school_year, piece.starts_on, counted.entered_on desc, counted.school_id
