-- Students by race group on the staffing base date; from a state's shares and totals where there are
-- no students.
with enrolled as (
    select
        segment.school_id,
        segment.school_year,
        demographic.race_group,
        count(*) as students
    from {{ ref('int_attendance__segment') }} as segment
    inner join {{ ref('int_core__student_demographic') }} as demographic
        on
            segment.student_id = demographic.student_id
            and segment.school_year = demographic.school_year
    where {{ staffing_base_on("segment.school_year") }} between segment.starts_on and segment.ends_on
    group by segment.school_id, segment.school_year, demographic.race_group
),

state_total as (
    select
        school_id,
        school_year,
        coalesce(
            max(students) filter (where grade = 'total'), sum(students) filter (where grade <> 'total')
        ) as students
    from {{ ref('stg_state__enrollment_count') }}
    where {{ is_current() }}
    group by school_id, school_year
),

state_group as (
    select
        state_total.school_id,
        state_total.school_year,
        race_share.race_group,
        round(race_share.share * state_total.students) as students
    from state_total
    inner join {{ ref('stg_state__student_race_share') }} as race_share
        on
            state_total.school_id = race_share.school_id
            and state_total.school_year = race_share.school_year
    where {{ is_current("race_share") }}
),

state_balance as (
    select
        state_total.school_id,
        state_total.school_year,
        'not_itemised' as race_group,
        state_total.students - sum(state_group.students) as students
    from state_total
    inner join state_group
        on
            state_total.school_id = state_group.school_id
            and state_total.school_year = state_group.school_year
    group by state_total.school_id, state_total.school_year, state_total.students
),

together as (
    select
        *,
        'students' as source_kind
    from enrolled
    union all
    select
        *,
        'state' as source_kind
    from state_group
    union all
    select
        *,
        'state' as source_kind
    from state_balance
    where students <> 0
)

select
    school_id,
    school_year,
    race_group,
    source_kind,
    cast(students as integer) as students
from together
where
    source_kind = 'students'
    or (school_id, school_year) not in (
        select
            enrolled.school_id,
            enrolled.school_year
        from enrolled
    )
