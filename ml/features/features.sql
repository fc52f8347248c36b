-- As-of features, defined once for training and scoring. as_of_date holds the dates, f_cohort the students.
-- Strict: a version counts when known_on < as_of and it was not yet superseded before as_of.
-- Sums are exact numerics, so that the order in which rows are met cannot change a digit.

-- Spells of this year and the last, cut so that a day belongs to one school only: where spells overlap, the one
-- entered last, as in the district's own figures (int_attendance__segment).
create temporary table f_spell on commit drop as
with known as (
    select
        c.as_of,
        c.student_id,
        e.school_id,
        e.school_year,
        e.grade,
        e.entered_on,
        least(coalesce(e.exited_on, c.as_of - 1), c.as_of - 1) as last_on
    from f_cohort as c
    inner join marts.fct_enrollment_version as e
        on
            e.student_id = c.student_id
            and e.school_year in (c.school_year, c.school_year - 1)
            and e.known_on < c.as_of
            and (e.superseded_on is null or e.superseded_on >= c.as_of)
            and e.entered_on < c.as_of
),

counted as (
    select * from known
    where entered_on <= last_on
),

boundary as (
    select
        as_of,
        student_id,
        school_year,
        entered_on as at_on
    from counted
    union
    select
        as_of,
        student_id,
        school_year,
        last_on + 1 as at_on
    from counted
),

piece as (
    select
        as_of,
        student_id,
        school_year,
        at_on as first_on,
        lead(at_on) over (partition by as_of, student_id, school_year order by at_on) - 1 as last_on
    from boundary
)

select distinct on (piece.as_of, piece.student_id, piece.school_year, piece.first_on)
    piece.as_of,
    piece.student_id,
    counted.school_id,
    piece.school_year,
    counted.grade,
    piece.first_on,
    piece.last_on
from piece
inner join counted
    on
        piece.as_of = counted.as_of
        and piece.student_id = counted.student_id
        and piece.school_year = counted.school_year
        and piece.first_on between counted.entered_on and counted.last_on
order by
    piece.as_of, piece.student_id, piece.school_year, piece.first_on, counted.entered_on desc, counted.school_id;

analyze f_spell;

create temporary table f_day on commit drop as
select
    p.as_of,
    d.school_id,
    d.school_year,
    d.on_date,
    d.school_year = p.school_year as is_this_year,
    row_number() over (
        partition by p.as_of, d.school_id, d.school_year
        order by d.on_date desc
    ) as days_back
from as_of_date as p
inner join marts.fct_submitted_day_version as d
    on
        d.school_year in (p.school_year, p.school_year - 1)
        and d.on_date < p.as_of
        and d.known_on < p.as_of
        and (d.superseded_on is null or d.superseded_on >= p.as_of);

create index on f_day (as_of, school_id, on_date);

analyze f_day;

-- First day of the trailing windows, by the school where the student is now.
create temporary table f_window on commit drop as
select
    c.as_of,
    c.student_id,
    c.school_year,
    w.from_20,
    w.from_45
from f_cohort as c
inner join (
    select
        as_of,
        school_id,
        min(on_date) filter (where days_back <= 20) as from_20,
        min(on_date) filter (where days_back <= 45) as from_45
    from f_day
    where is_this_year
    group by as_of, school_id
) as w
    on w.as_of = c.as_of and w.school_id = c.school_id;

analyze f_window;

-- Most students share their spell's dates with their whole school: count each distinct spell once.
create temporary table f_enrolled on commit drop as
with distinct_spell as (
    select distinct
        s.as_of,
        s.school_id,
        s.school_year,
        s.first_on,
        s.last_on,
        w.from_20,
        w.from_45
    from f_spell as s
    left join f_window as w on w.as_of = s.as_of and w.student_id = s.student_id
),

counted as (
    select
        x.*,
        count(*) as days,
        count(*) filter (where d.is_this_year and d.on_date >= x.from_20) as days_20,
        count(*) filter (where d.is_this_year and d.on_date >= x.from_45) as days_45
    from distinct_spell as x
    inner join f_day as d
        on
            d.as_of = x.as_of
            and d.school_id = x.school_id
            and d.school_year = x.school_year
            and d.on_date between x.first_on and x.last_on
    group by x.as_of, x.school_id, x.school_year, x.first_on, x.last_on, x.from_20, x.from_45
)

select
    c.as_of,
    c.student_id,
    coalesce(sum(k.days) filter (where s.school_year = c.school_year), 0) as days_year,
    coalesce(sum(k.days) filter (where s.school_year < c.school_year), 0) as days_prior,
    coalesce(sum(k.days_20), 0) as days_20,
    coalesce(sum(k.days_45), 0) as days_45
from f_cohort as c
inner join f_spell as s on s.as_of = c.as_of and s.student_id = c.student_id
left join f_window as w on w.as_of = c.as_of and w.student_id = c.student_id
inner join counted as k
    on
        k.as_of = s.as_of
        and k.school_id = s.school_id
        and k.school_year = s.school_year
        and k.first_on = s.first_on
        and k.last_on = s.last_on
        and k.from_20 is not distinct from w.from_20
        and k.from_45 is not distinct from w.from_45
group by c.as_of, c.student_id;

analyze f_enrolled;

-- Each join has a small side that fits a hash; to sort the facts for a merge takes longer than the joining.
set local enable_mergejoin = off;

-- Absence and tardiness on enrolled days with a submission, whichever school noted them. A suspension is somebody's decision about the
-- student, so it is no absence here (in the label it counts, as it does in the district's figures).
create temporary table f_attendance on commit drop as
with daily as (
    select
        s.as_of,
        s.student_id,
        s.school_year,
        a.on_date,
        max(a.absent_fraction) filter (where a.absence_kind in ('excused', 'unexcused')) as absent,
        max(a.absent_fraction) filter (where a.absence_kind = 'unexcused') as unexcused,
        bool_or(a.absence_kind = 'tardy') as is_tardy
    from f_spell as s
    inner join marts.fct_attendance_version as a
        on
            a.student_id = s.student_id
            and a.school_year = s.school_year
            and a.on_date between s.first_on and s.last_on
            and a.known_on < s.as_of
            and (a.superseded_on is null or a.superseded_on >= s.as_of)
    inner join f_day as d
        on d.as_of = s.as_of and d.school_id = s.school_id and d.on_date = a.on_date
    where a.absence_kind in ('excused', 'unexcused', 'tardy')
    group by s.as_of, s.student_id, s.school_year, a.on_date
)

select
    c.as_of,
    c.student_id,
    coalesce(sum(t.absent) filter (where t.on_date >= w.from_20), 0) as absent_20,
    coalesce(sum(t.absent) filter (where t.on_date >= w.from_45), 0) as absent_45,
    coalesce(sum(t.absent) filter (where t.school_year = c.school_year), 0) as absent_year,
    coalesce(sum(t.unexcused) filter (where t.school_year = c.school_year), 0) as unexcused_year,
    coalesce(sum(t.absent) filter (where t.school_year < c.school_year), 0) as absent_prior,
    count(*) filter (where t.is_tardy and t.on_date >= w.from_20) as tardy_20,
    count(*) filter (where t.is_tardy and t.school_year = c.school_year) as tardy_year
from f_cohort as c
inner join daily as t on t.as_of = c.as_of and t.student_id = c.student_id
left join f_window as w on w.as_of = c.as_of and w.student_id = c.student_id
group by c.as_of, c.student_id;

analyze f_attendance;

set local enable_mergejoin = on;

create temporary table f_mark on commit drop as
with known as (
    select
        c.as_of,
        c.student_id,
        g.term_id,
        g.course_id,
        g.is_core,
        g.is_failing,
        g.points,
        g.posted_on,
        g.school_year = c.school_year as is_this_year,
        coalesce(g.is_failing, false) or upper(left(g.mark, 1)) = 'D' as is_low
    from f_cohort as c
    inner join marts.fct_course_grade_version as g
        on
            g.student_id = c.student_id
            and g.school_year in (c.school_year, c.school_year - 1)
            and g.posted_on < c.as_of
            and g.known_on < c.as_of
            and (g.superseded_on is null or g.superseded_on >= c.as_of)
),

term as (
    select
        as_of,
        student_id,
        term_id,
        row_number() over (
            partition by as_of, student_id
            -- A mark that is corrected later does not make its period the latest.
            order by min(posted_on) desc, term_id desc
        ) as terms_back
    from known
    where is_this_year
    group by as_of, student_id, term_id
)

select
    k.as_of,
    k.student_id,
    count(*) filter (where t.terms_back = 1) as course_load,
    count(*) filter (where t.terms_back = 1 and k.is_core) as core_courses,
    count(*) filter (where t.terms_back = 2 and k.is_core) as core_courses_before,
    count(*) filter (where t.terms_back = 1 and k.is_core and k.is_failing) as core_failing,
    count(*) filter (where t.terms_back = 1 and k.is_core and k.is_low) as core_low,
    count(*) filter (where t.terms_back = 2 and k.is_core and k.is_low) as core_low_before,
    avg(k.points) filter (where t.terms_back = 1 and k.is_core) as core_points,
    avg(k.points) filter (where t.terms_back = 2 and k.is_core) as core_points_before,
    count(*) filter (where not k.is_this_year) as prior_marks,
    count(distinct k.course_id) filter (
        where not k.is_this_year and k.is_core and k.is_failing
    ) as prior_core_failing
from known as k
left join term as t
    on t.as_of = k.as_of and t.student_id = k.student_id and t.term_id = k.term_id and k.is_this_year
group by k.as_of, k.student_id;

analyze f_mark;

-- Results known by then, of everybody: they set the mean, the deviation and the lowest proficient score.
create temporary table f_result on commit drop as
select
    p.as_of,
    a.student_id,
    a.school_id,
    a.assessment,
    a.subject,
    a.school_year,
    a.administration,
    a.grade,
    a.administered_on,
    a.scale_score,
    a.is_proficient
from as_of_date as p
inner join marts.fct_assessment_version as a
    on
        a.administered_on < p.as_of
        and a.administered_on >= p.as_of - 2 * p.assessment_days
        and a.known_on < p.as_of
        and (a.superseded_on is null or a.superseded_on >= p.as_of)
where a.scale_score is not null;

analyze f_result;

create temporary table f_norm on commit drop as
select
    as_of,
    assessment,
    subject,
    school_year,
    administration,
    grade,
    avg(scale_score) as mean,
    nullif(stddev_samp(scale_score), 0) as deviation,
    min(scale_score) filter (where is_proficient) as cut,
    subject ~* 'math' as is_math,
    subject ~* 'read|ela|english|literacy' as is_reading
from f_result
group by as_of, assessment, subject, school_year, administration, grade;

analyze f_norm;

set local enable_mergejoin = off;

create temporary table f_assessment on commit drop as
with standardised as (
    select
        r.*,
        (r.scale_score - n.mean) / n.deviation as z,
        (r.scale_score - n.cut) / n.deviation as margin,
        n.is_math,
        n.is_reading
    from f_result as r
    inner join f_norm as n
        on
            n.as_of = r.as_of
            and n.assessment = r.assessment
            and n.subject = r.subject
            and n.school_year = r.school_year
            and n.administration = r.administration
            and coalesce(n.grade, '') = coalesce(r.grade, '')
    -- Divides once for each result, not once for each figure made of it.
    offset 0
),

sitting as (
    select
        r.as_of,
        r.student_id,
        r.assessment,
        r.school_year,
        r.administration,
        min(r.school_id) as school_id,
        min(r.grade) as grade,
        avg(r.z) as z,
        avg(r.z) filter (where r.is_math) as math_z,
        avg(r.z) filter (where r.is_reading) as reading_z,
        min(r.margin) as cut_margin,
        count(*) as tested,
        count(*) filter (where not r.is_proficient) as below,
        row_number() over (
            partition by r.as_of, r.student_id
            order by max(r.administered_on) desc, r.assessment, r.administration
        ) as sittings_back
    from standardised as r
    group by r.as_of, r.student_id, r.assessment, r.school_year, r.administration
)

select
    c.as_of,
    c.student_id,
    max(s.z) filter (where s.sittings_back = 1) as score_z,
    max(s.math_z) filter (where s.sittings_back = 1) as math_z,
    max(s.reading_z) filter (where s.sittings_back = 1) as reading_z,
    max(s.cut_margin) filter (where s.sittings_back = 1) as cut_margin,
    max(s.tested) filter (where s.sittings_back = 1) as subjects_tested,
    max(s.below) filter (where s.sittings_back = 1) as below_cut,
    max(s.z) filter (where s.sittings_back = 2) as score_z_before,
    max(s.below) filter (where s.sittings_back = 2) as below_cut_before,
    count(distinct s.school_id) as schools,
    max(s.grade) filter (where s.sittings_back = 1) as grade,
    max(s.school_year) filter (where s.sittings_back = 1) as school_year,
    max(s.grade) filter (where s.sittings_back = 2) as grade_before,
    max(s.school_year) filter (where s.sittings_back = 2) as school_year_before
from f_cohort as c
inner join sitting as s on s.as_of = c.as_of and s.student_id = c.student_id
group by c.as_of, c.student_id;

analyze f_assessment;

set local enable_mergejoin = on;

create temporary table f_place on commit drop as
select
    c.as_of,
    c.student_id,
    count(distinct s.school_id) as schools,
    max(s.grade) filter (where s.school_year < c.school_year) as grade_before
from f_cohort as c
inner join f_spell as s on s.as_of = c.as_of and s.student_id = c.student_id
group by c.as_of, c.student_id;

create temporary table f_program on commit drop as
select
    c.as_of,
    c.student_id,
    bool_or(b.program = 'el') as is_el,
    bool_or(b.program = 'swd') as is_swd
from f_cohort as c
inner join marts.brg_program_version as b
    on
        b.student_id = c.student_id
        and b.program in ('el', 'swd')
        and b.begins_on <= c.as_of
        and (b.ends_on is null or b.ends_on >= c.as_of)
        and b.known_on < c.as_of
        and (b.superseded_on is null or b.superseded_on >= c.as_of)
group by c.as_of, c.student_id;

create temporary table f_discipline on commit drop as
select
    c.as_of,
    c.student_id,
    count(*) filter (where a.is_discretionary is false) as mandatory,
    count(*) filter (where a.is_discretionary) as discretionary
from f_cohort as c
inner join marts.fct_discipline_version as a
    on
        a.student_id = c.student_id
        and a.school_year = c.school_year
        and a.on_date < c.as_of
        and a.known_on < c.as_of
        and (a.superseded_on is null or a.superseded_on >= c.as_of)
group by c.as_of, c.student_id;

analyze f_place;

analyze f_program;

analyze f_discipline;

create temporary table f_row on commit drop as
select
    c.as_of,
    c.student_id,
    c.school_id,
    c.school_year,
    c.grade,
    case
        when c.grade = 'PK' then -1
        when c.grade = 'KG' then 0
        when c.grade ~ '^\d+$' then c.grade::integer
    end::double precision as grade_number,
    n.days_year::double precision as enrolled_days,
    (coalesce(t.absent_20, 0) / nullif(n.days_20, 0))::double precision as absent_share_20,
    (coalesce(t.absent_45, 0) / nullif(n.days_45, 0))::double precision as absent_share_45,
    (coalesce(t.absent_year, 0) / nullif(n.days_year, 0))::double precision as absent_share_year,
    (
        coalesce(t.absent_20, 0) / nullif(n.days_20, 0)
        - coalesce(t.absent_year, 0) / nullif(n.days_year, 0)
    )::double precision as absent_share_change,
    (coalesce(t.unexcused_year, 0) / nullif(n.days_year, 0))::double precision as unexcused_share_year,
    (coalesce(t.tardy_20, 0) / nullif(n.days_20, 0))::double precision as tardy_share_20,
    (coalesce(t.tardy_year, 0) / nullif(n.days_year, 0))::double precision as tardy_share_year,
    case when m.core_courses > 0 then m.core_failing end::double precision as core_failing,
    case when m.core_courses > 0 then m.core_low end::double precision as core_low,
    case
        when m.core_courses > 0 and m.core_courses_before > 0 then m.core_low - m.core_low_before
    end::double precision as core_low_change,
    m.core_points::double precision as core_points,
    (m.core_points - m.core_points_before)::double precision as core_points_change,
    nullif(m.course_load, 0)::double precision as course_load,
    a.score_z::double precision as score_z,
    a.math_z::double precision as math_z,
    a.reading_z::double precision as reading_z,
    (a.score_z - a.score_z_before)::double precision as score_z_change,
    a.cut_margin::double precision as cut_margin,
    a.below_cut::double precision as below_cut,
    a.below_cut_before::double precision as below_cut_before,
    coalesce(l.schools, a.schools)::double precision as schools_two_years,
    coalesce(
        l.grade_before = c.grade,
        case when a.school_year > a.school_year_before then a.grade = a.grade_before end
    )::integer::double precision as is_retained,
    coalesce(g.is_el, false)::integer::double precision as is_el,
    coalesce(g.is_swd, false)::integer::double precision as is_swd,
    (coalesce(t.absent_prior, 0) / nullif(n.days_prior, 0))::double precision as prior_absent_share,
    case when m.prior_marks > 0 then m.prior_core_failing end::double precision as prior_core_failing,
    case when n.days_year is not null then coalesce(x.mandatory, 0) end::double precision
        as mandatory_actions,
    case when p.uses_discretionary then coalesce(x.discretionary, 0) end::double precision
        as discretionary_actions,
    n.days_20::double precision as days_20,
    case when n.days_20 is not null then coalesce(t.absent_20, 0) end::double precision as absent_20,
    n.days_45::double precision as days_45,
    case when n.days_45 is not null then coalesce(t.absent_45, 0) end::double precision as absent_45,
    case when n.days_year is not null then coalesce(t.absent_year, 0) end::double precision as absent_year,
    case when n.days_20 is not null then coalesce(t.tardy_20, 0) end::double precision as tardy_20,
    case when m.core_courses_before > 0 then m.core_low_before end::double precision as core_low_before,
    a.subjects_tested::double precision as subjects_tested
from f_cohort as c
inner join as_of_date as p on p.as_of = c.as_of
left join f_enrolled as n on n.as_of = c.as_of and n.student_id = c.student_id
left join f_attendance as t on t.as_of = c.as_of and t.student_id = c.student_id
left join f_mark as m on m.as_of = c.as_of and m.student_id = c.student_id
left join f_assessment as a on a.as_of = c.as_of and a.student_id = c.student_id
left join f_place as l on l.as_of = c.as_of and l.student_id = c.student_id
left join f_program as g on g.as_of = c.as_of and g.student_id = c.student_id
left join f_discipline as x on x.as_of = c.as_of and x.student_id = c.student_id;

analyze f_row;
