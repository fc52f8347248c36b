with program as (
    select
        student_id,
        school_year,
        bool_or(program = 'el') as is_el,
        bool_or(program = 'ever_el') as is_ever_el,
        bool_or(program = 'swd') as is_swd,
        bool_or(program = 'low_income') as is_low_income,
        bool_or(program = 'homeless') as is_homeless,
        bool_or(program = 'foster') as is_foster,
        bool_or(program = 'gifted') as is_gifted
    from {{ ref('int_core__student_program') }}
    group by student_id, school_year
)

select
    {{ person_key(["student_year.student_id", "student_year.school_year"]) }} as k_student_year,
    student_year.student_id,
    student_year.school_year,
    coalesce(student_year.grade, 'unknown') as grade,
    demographic.race_group,
    demographic.sex,
    coalesce(program.is_el, false) as is_el,
    coalesce(program.is_ever_el, false) as is_ever_el,
    coalesce(program.is_swd, false) as is_swd,
    coalesce(program.is_low_income, false) as is_low_income,
    coalesce(program.is_homeless, false) as is_homeless,
    coalesce(program.is_foster, false) as is_foster,
    coalesce(program.is_gifted, false) as is_gifted
from {{ ref('int_core__student_year') }} as student_year
inner join {{ ref('int_core__student_demographic') }} as demographic
    on
        student_year.student_id = demographic.student_id
        and student_year.school_year = demographic.school_year
left join program
    on
        student_year.student_id = program.student_id
        and student_year.school_year = program.school_year
