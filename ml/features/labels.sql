-- What happened after each as-of date whose window is over: from as_of to window_ends_on.
-- Facts as they were known when the run began (closed_before), never later.

create temporary table l_cohort on commit drop as
select
    c.as_of,
    c.student_id,
    c.school_year,
    p.window_ends_on,
    p.closed_before,
    p.label_min_days,
    p.exit_slack_days
from f_cohort as c
inner join as_of_date as p on p.as_of = c.as_of
where p.window_ends_on < p.closed_before;

analyze l_cohort;

create temporary table l_day on commit drop as
select
    p.as_of,
    d.school_id,
    d.on_date
from as_of_date as p
inner join marts.fct_submitted_day_version as d
    on
        d.school_year = p.school_year
        and d.on_date between p.as_of and p.window_ends_on
        and d.known_on < p.closed_before
        and (d.superseded_on is null or d.superseded_on >= p.closed_before)
where p.window_ends_on < p.closed_before;

create index on l_day (as_of, school_id, on_date);

analyze l_day;

create temporary table l_known on commit drop as
select
    c.as_of,
    c.student_id,
    e.school_id,
    e.entered_on,
    e.exited_on,
    greatest(e.entered_on, c.as_of) as first_on,
    least(coalesce(e.exited_on, c.window_ends_on), c.window_ends_on) as last_on
from l_cohort as c
inner join marts.fct_enrollment_version as e
    on
        e.student_id = c.student_id
        and e.school_year = c.school_year
        and e.entered_on <= c.window_ends_on
        and (e.exited_on is null or e.exited_on >= greatest(c.as_of, e.entered_on))
        and e.known_on < c.closed_before
        and (e.superseded_on is null or e.superseded_on >= c.closed_before);

analyze l_known;

-- Cut so that a day belongs to one school only: where spells overlap, the one entered last.
create temporary table l_spell on commit drop as
with boundary as (
    select
        as_of,
        student_id,
        first_on as at_on
    from l_known
    union
    select
        as_of,
        student_id,
        last_on + 1 as at_on
    from l_known
),

piece as (
    select
        as_of,
        student_id,
        at_on as first_on,
        lead(at_on) over (partition by as_of, student_id order by at_on) - 1 as last_on
    from boundary
)

select distinct on (piece.as_of, piece.student_id, piece.first_on)
    piece.as_of,
    piece.student_id,
    l_known.school_id,
    piece.first_on,
    piece.last_on
from piece
inner join l_known
    on
        piece.as_of = l_known.as_of
        and piece.student_id = l_known.student_id
        and piece.first_on between l_known.first_on and l_known.last_on
order by piece.as_of, piece.student_id, piece.first_on, l_known.entered_on desc, l_known.school_id;

analyze l_spell;

-- A student who left the district before the year's last days is censored, not a negative.
create temporary table l_stay on commit drop as
with last_day as (
    select
        as_of,
        max(on_date) as on_date
    from l_day
    group by as_of
)

select
    c.as_of,
    c.student_id,
    bool_or(s.exited_on is null or s.exited_on >= y.on_date - c.exit_slack_days) as has_stayed
from l_cohort as c
inner join last_day as y on y.as_of = c.as_of
left join l_known as s on s.as_of = c.as_of and s.student_id = c.student_id
group by c.as_of, c.student_id;

analyze l_stay;

create temporary table l_enrolled on commit drop as
with counted as (
    select
        x.as_of,
        x.school_id,
        x.first_on,
        x.last_on,
        count(*) as days
    from (
        select distinct as_of, school_id, first_on, last_on
        from l_spell
    ) as x
    inner join l_day as d
        on d.as_of = x.as_of and d.school_id = x.school_id and d.on_date between x.first_on and x.last_on
    group by x.as_of, x.school_id, x.first_on, x.last_on
)

select
    s.as_of,
    s.student_id,
    sum(k.days) as days
from l_spell as s
inner join counted as k
    on
        k.as_of = s.as_of
        and k.school_id = s.school_id
        and k.first_on = s.first_on
        and k.last_on = s.last_on
group by s.as_of, s.student_id;

analyze l_enrolled;

create temporary table l_absent on commit drop as
select
    daily.as_of,
    daily.student_id,
    sum(daily.absent) as days
from (
    select
        s.as_of,
        s.student_id,
        a.on_date,
        max(a.absent_fraction) as absent
    from l_spell as s
    inner join l_cohort as c on c.as_of = s.as_of and c.student_id = s.student_id
    inner join marts.fct_attendance_version as a
        on
            a.student_id = s.student_id
            and a.school_year = c.school_year
            and a.on_date between s.first_on and s.last_on
            and a.known_on < c.closed_before
            and (a.superseded_on is null or a.superseded_on >= c.closed_before)
    inner join l_day as d
        on d.as_of = s.as_of and d.school_id = s.school_id and d.on_date = a.on_date
    where a.absent_fraction > 0
    group by s.as_of, s.student_id, a.on_date
) as daily
group by daily.as_of, daily.student_id;

analyze l_absent;

create temporary table l_mark on commit drop as
select
    c.as_of,
    c.student_id,
    bool_or(coalesce(g.is_failing, false)) as has_failed
from l_cohort as c
inner join marts.fct_course_grade_version as g
    on
        g.student_id = c.student_id
        and g.school_year = c.school_year
        and g.is_core
        and g.posted_on between c.as_of and c.window_ends_on
        and g.known_on < c.closed_before
        and (g.superseded_on is null or g.superseded_on >= c.closed_before)
group by c.as_of, c.student_id;

analyze l_mark;

-- The next administration only: the first one in the window at which the student was tested.
create temporary table l_benchmark on commit drop as
select distinct on (sitting.as_of, sitting.student_id)
    sitting.as_of,
    sitting.student_id,
    sitting.is_below
from (
    select
        c.as_of,
        c.student_id,
        a.assessment,
        a.administration,
        min(a.administered_on) as on_date,
        bool_or(not a.is_proficient) as is_below
    from l_cohort as c
    inner join marts.fct_assessment_version as a
        on
            a.student_id = c.student_id
            and a.school_year = c.school_year
            and a.administered_on between c.as_of and c.window_ends_on
            and a.known_on < c.closed_before
            and (a.superseded_on is null or a.superseded_on >= c.closed_before)
    where a.is_proficient is not null
    group by c.as_of, c.student_id, a.assessment, a.administration
) as sitting
order by sitting.as_of, sitting.student_id, sitting.on_date, sitting.assessment, sitting.administration;

analyze l_benchmark;

create temporary table l_row on commit drop as
select
    c.as_of,
    c.student_id,
    coalesce(not s.has_stayed, false) as is_censored,
    case
        when coalesce(s.has_stayed, true) and n.days >= c.label_min_days
            then 10 * coalesce(t.days, 0) >= n.days
    end as absence,
    case when coalesce(s.has_stayed, true) then m.has_failed end as course_failure,
    case when coalesce(s.has_stayed, true) then b.is_below end as benchmark
from l_cohort as c
left join l_stay as s on s.as_of = c.as_of and s.student_id = c.student_id
left join l_enrolled as n on n.as_of = c.as_of and n.student_id = c.student_id
left join l_absent as t on t.as_of = c.as_of and t.student_id = c.student_id
left join l_mark as m on m.as_of = c.as_of and m.student_id = c.student_id
left join l_benchmark as b on b.as_of = c.as_of and b.student_id = c.student_id;
