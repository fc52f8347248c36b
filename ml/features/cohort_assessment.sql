-- Where no attendance is submitted: students tested in the last year, at the school of that test.
create temporary table f_cohort on commit drop as
select distinct on (p.as_of, a.student_id)
    p.as_of,
    p.school_year,
    a.student_id,
    a.school_id,
    a.grade
from as_of_date as p
inner join marts.fct_assessment_version as a
    on
        a.administered_on < p.as_of
        and a.administered_on >= p.as_of - p.assessment_days
        and a.known_on < p.as_of
        and (a.superseded_on is null or a.superseded_on >= p.as_of)
where a.school_id is not null
order by p.as_of, a.student_id, a.administered_on desc, a.school_id, a.assessment, a.subject;

analyze f_cohort;
