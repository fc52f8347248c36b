-- Students enrolled on the as-of date, as it was known before it. One school each: the latest entered.
create temporary table f_cohort on commit drop as
select distinct on (p.as_of, e.student_id)
    p.as_of,
    p.school_year,
    e.student_id,
    e.school_id,
    e.grade
from as_of_date as p
inner join marts.fct_enrollment_version as e
    on
        e.school_year = p.school_year
        and e.known_on < p.as_of
        and (e.superseded_on is null or e.superseded_on >= p.as_of)
        and e.entered_on <= p.as_of
        and (e.exited_on is null or e.exited_on >= p.as_of)
order by p.as_of, e.student_id, e.entered_on desc, e.school_id;

analyze f_cohort;
