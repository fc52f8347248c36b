-- One row per student recommended for a term that is over: how far from the cut of the site, the seat, the hours,
-- and the results before and after. Facts as the marts know them, and only those known before :as_of.
with first_round as (
    select
        school_id,
        elt_term,
        program,
        min(decided_on) as decided_on
    from marts.fct_elt_request
    where stream = 'intervention' and is_offered
    group by school_id, elt_term, program
),

site as (
    select
        school_id,
        elt_term,
        program,
        min(starts_on) as starts_on,
        max(ends_on) as ends_on
    from marts.fct_elt_site
    where stream = 'intervention'
    group by school_id, elt_term, program
    having max(ends_on) < :as_of
),

asked as (
    select
        r.student_id,
        r.school_id,
        r.school_year,
        r.elt_term,
        r.program,
        r.screening_score,
        r.is_seated,
        r.minutes_attended / 60.0 as hours,
        site.starts_on,
        site.ends_on,
        -- Who was offered a seat later, when a family had turned it down, was below the cut.
        r.is_offered and r.decided_on = f.decided_on as is_at_once
    from marts.fct_elt_request as r
    inner join site using (school_id, elt_term, program)
    inner join first_round as f using (school_id, elt_term, program)
    where r.stream = 'intervention' and r.screening_score is not null and r.decision is not null
),

-- Half way between the last who was offered a seat at once and the next: nobody stands on the cut itself.
cut as (
    select
        school_id,
        elt_term,
        program,
        (
            min(screening_score) filter (where is_at_once)
            + max(screening_score) filter (where not is_at_once)
        ) / 2 as score
    from asked
    group by school_id, elt_term, program
    having min(screening_score) filter (where is_at_once) > max(screening_score) filter (where not is_at_once)
),

-- The assessment that most of the term's students sat both before and after it.
sitting as (
    select
        asked.student_id,
        asked.elt_term,
        asked.program,
        a.assessment,
        a.administration,
        a.administered_on > asked.ends_on - (asked.ends_on - asked.starts_on) / 2 as is_after,
        avg(a.scale_score) as score,
        max(a.administered_on) as on_date,
        max(a.grade) as grade
    from asked
    inner join marts.fct_assessment_version as a
        on
            a.student_id = asked.student_id
            and a.school_year = asked.school_year
            and a.known_on < :as_of
            and (a.superseded_on is null or a.superseded_on >= :as_of)
    where
        a.scale_score is not null
        and a.assessment = :assessment
        and (
            a.administered_on < asked.starts_on
            or a.administered_on > asked.ends_on - (asked.ends_on - asked.starts_on) / 2
        )
    group by asked.student_id, asked.elt_term, asked.program, a.assessment, a.administration, is_after
),

result as (
    select
        student_id,
        elt_term,
        program,
        (array_agg(score order by on_date desc) filter (where is_after))[1] as after,
        (array_agg(score order by on_date desc) filter (where not is_after))[1] as before,
        (array_agg(score order by on_date desc) filter (where not is_after))[2] as long_before,
        max(grade) filter (where is_after) as grade
    from sitting
    group by student_id, elt_term, program
)

select
    asked.student_id,
    asked.school_id,
    asked.elt_term,
    asked.program,
    (asked.screening_score - cut.score)::double precision as gap,
    asked.is_seated::integer::double precision as seat,
    asked.hours::double precision as hours,
    result.after::double precision as after,
    result.before::double precision as before,
    result.long_before::double precision as long_before,
    result.grade
from asked
inner join cut using (school_id, elt_term, program)
left join result using (student_id, elt_term, program)
order by asked.program, asked.elt_term, asked.student_id collate "C"
