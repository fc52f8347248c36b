-- Everyone in post on a base date, once: the main post is the one with most FTE. Stayers hold one of their
-- posts (a school and a job group) a year later; movers are elsewhere in the district.
with ranked as (
    select
        post.*,
        row_number() over (
            partition by post.staff_id, post.school_year
            order by post.fte desc, job_group.position, post.school_id
        ) as post_rank
    from {{ ref('int_staffing__post') }} as post
    inner join {{ ref('job_group') }} as job_group on post.job_group = job_group.job_group
),

person as (
    select
        staff_id,
        school_year,
        race_group,
        min(school_id) filter (where post_rank = 1) as school_id,
        min(job_group) filter (where post_rank = 1) as job_group,
        sum(fte) as fte,
        count(*) as posts,
        bool_or(is_kept) as is_kept
    from ranked
    group by staff_id, school_year, race_group
),

between_years as (
    select
        *,
        lag(school_year) over person_years = school_year - 1 as is_here_before,
        lag(school_id) over person_years as earlier_school,
        lag(job_group) over person_years as earlier_job_group,
        lead(school_year) over person_years = school_year + 1 as is_here_after,
        lead(school_id) over person_years as later_school,
        lead(job_group) over person_years as later_job_group
    from person
    window person_years as (partition by staff_id order by school_year)
),

retired as (
    select distinct
        separation.staff_id,
        base_year.school_year
    from {{ ref('int_staffing__separation') }} as separation
    inner join {{ ref('int_staffing__base_year') }} as base_year
        on separation.separated_on >= base_year.base_on and separation.separated_on < base_year.next_base_on
    where separation.reason = 'retirement'
),

named as (
    select
        between_years.*,
        base_year.base_on,
        case
            when not base_year.is_over then 'not_yet_known'
            when between_years.is_kept then 'stayer'
            when between_years.is_here_after then 'mover'
            else 'leaver'
        end as outcome
    from between_years
    inner join {{ ref('int_staffing__base_year') }} as base_year
        on between_years.school_year = base_year.school_year
)

select
    named.staff_id,
    named.school_year,
    named.base_on,
    named.race_group,
    named.school_id,
    named.job_group,
    named.fte,
    named.posts,
    case when named.is_here_before then named.earlier_school end as school_before,
    case when named.is_here_before then named.earlier_job_group end as job_group_before,
    case when named.is_here_after then named.later_school end as school_after,
    case when named.is_here_after then named.later_job_group end as job_group_after,
    named.outcome,
    named.outcome = 'leaver' and retired.staff_id is not null as is_retirement
from named
left join retired on named.staff_id = retired.staff_id and named.school_year = retired.school_year
