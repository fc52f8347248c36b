-- The row of the year itself, else the row that holds until changed, else the newest earlier year, else any.
select distinct on (student_year.student_id, student_year.school_year)
    student_year.student_id,
    student_year.school_year,
    {{ student_race_group("demographic") }} as race_group,
    coalesce(demographic.sex, 'unspecified') as sex
from {{ ref('int_core__student_year') }} as student_year
left join {{ ref('stg_sis__student_demographic') }} as demographic
    on
        student_year.student_id = demographic.student_id
        and {{ is_current("demographic") }}
order by
    student_year.student_id,
    student_year.school_year,
    case
        when demographic.school_year = student_year.school_year then 1
        when demographic.school_year is null then 2
        when demographic.school_year < student_year.school_year then 3
        else 4
    end,
    demographic.school_year desc,
    demographic.known_on desc,
    demographic.feed
