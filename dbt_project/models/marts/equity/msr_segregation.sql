-- How race groups are spread over schools, from students on the staffing base date; the sums of each network
-- and level are taken once and then put together for the district, the networks and all levels.
with counted as (
    select
        coalesce(network.org_id, '') as network_id,
        coalesce(school.level, 'other') as level,
        student_count.school_id,
        student_count.school_year,
        student_count.race_group,
        student_count.students
    from {{ ref('int_staffing__student_count') }} as student_count
    left join {{ ref('int_core__school') }} as school
        on student_count.school_id = school.school_id
    left join {{ ref('int_core__org_school') }} as network
        on
            student_count.school_id = network.school_id
            and student_count.school_year = network.school_year
            and network.org_kind = 'network'
    where student_count.students > 0
),

sized as (
    select
        counted.*,
        sum(students) over (partition by school_id, school_year) as school_students
    from counted
),

-- Per school: t_j and t_j E_j, added up.
school_sum as (
    select
        network_id,
        level,
        school_year,
        cast(count(distinct school_id) as integer) as schools,
        cast(sum(students) as integer) as students,
        -sum(school_students * {{ entropy_term("students", "school_students") }}) as within_entropy
    from sized
    group by network_id, level, school_year
),

group_sum as (
    select
        network_id,
        level,
        school_year,
        race_group,
        sum(students) as students
    from sized
    group by network_id, level, school_year, race_group
),

-- For each pair of groups: pupils of the first times the share of the second in their school, added up.
met as (
    select
        of_group.network_id,
        of_group.level,
        of_group.school_year,
        of_group.race_group,
        other.race_group as other_race_group,
        sum(cast(of_group.students as double precision) * other.students / of_group.school_students) as met
    from sized as of_group
    inner join sized as other
        on
            of_group.school_id = other.school_id
            and of_group.school_year = other.school_year
    group by
        of_group.network_id,
        of_group.level,
        of_group.school_year,
        of_group.race_group,
        other.race_group
),

-- The organisations and levels that a network and level counts in.
held as (
    select distinct
        network_id,
        level,
        'district' as org_kind,
        'district' as org_id
    from school_sum
    union all
    select distinct
        network_id,
        level,
        'network' as org_kind,
        network_id as org_id
    from school_sum
    where network_id <> ''
),

placed as (
    select
        held.*,
        'all' as level_shown
    from held
    union all
    select
        held.*,
        level as level_shown
    from held
),

whole as (
    select
        placed.org_kind,
        placed.org_id,
        placed.level_shown,
        school_sum.school_year,
        sum(school_sum.schools) as schools,
        sum(school_sum.students) as students,
        sum(school_sum.within_entropy) as within_entropy
    from school_sum
    inner join placed on school_sum.network_id = placed.network_id and school_sum.level = placed.level
    group by placed.org_kind, placed.org_id, placed.level_shown, school_sum.school_year
),

whole_group as (
    select
        placed.org_kind,
        placed.org_id,
        placed.level_shown,
        group_sum.school_year,
        group_sum.race_group,
        sum(group_sum.students) as students
    from group_sum
    inner join placed on group_sum.network_id = placed.network_id and group_sum.level = placed.level
    group by
        placed.org_kind, placed.org_id, placed.level_shown, group_sum.school_year, group_sum.race_group
),

whole_met as (
    select
        placed.org_kind,
        placed.org_id,
        placed.level_shown,
        met.school_year,
        met.race_group,
        met.other_race_group,
        sum(met.met) as met
    from met
    inner join placed on met.network_id = placed.network_id and met.level = placed.level
    group by
        placed.org_kind,
        placed.org_id,
        placed.level_shown,
        met.school_year,
        met.race_group,
        met.other_race_group
),

entropy as (
    select
        whole.org_kind,
        whole.org_id,
        whole.level_shown,
        whole.school_year,
        whole.schools,
        whole.students,
        -- T (E) and the sum of t_j (E - E_j); equal spread may leave a trace of rounding below 0.
        -whole.students * sum({{ entropy_term("whole_group.students", "whole.students") }}) as total_entropy,
        greatest(
            -whole.students * sum({{ entropy_term("whole_group.students", "whole.students") }})
            - whole.within_entropy,
            0
        ) as between_entropy
    from whole
    inner join whole_group
        on
            whole.org_kind = whole_group.org_kind
            and whole.org_id = whole_group.org_id
            and whole.level_shown = whole_group.level_shown
            and whole.school_year = whole_group.school_year
    group by
        whole.org_kind,
        whole.org_id,
        whole.level_shown,
        whole.school_year,
        whole.schools,
        whole.students,
        whole.within_entropy
),

together as (
    select
        org_kind,
        org_id,
        level_shown,
        school_year,
        'theil_h' as measure,
        'all' as race_group,
        'all' as other_race_group,
        between_entropy as numerator,
        total_entropy as denominator,
        students as n
    from entropy
    union all
    select
        org_kind,
        org_id,
        level_shown,
        school_year,
        'mutual_information' as measure,
        'all' as race_group,
        'all' as other_race_group,
        between_entropy as numerator,
        students as denominator,
        students as n
    from entropy
    union all
    -- Two groups that never meet have an exposure of 0.
    select
        of_group.org_kind,
        of_group.org_id,
        of_group.level_shown,
        of_group.school_year,
        case when of_group.race_group = other.race_group then 'isolation' else 'exposure' end as measure,
        of_group.race_group,
        other.race_group as other_race_group,
        coalesce(whole_met.met, 0) as numerator,
        of_group.students as denominator,
        of_group.students as n
    from whole_group as of_group
    inner join whole_group as other
        on
            of_group.org_kind = other.org_kind
            and of_group.org_id = other.org_id
            and of_group.level_shown = other.level_shown
            and of_group.school_year = other.school_year
    left join whole_met
        on
            of_group.org_kind = whole_met.org_kind
            and of_group.org_id = whole_met.org_id
            and of_group.level_shown = whole_met.level_shown
            and of_group.school_year = whole_met.school_year
            and of_group.race_group = whole_met.race_group
            and other.race_group = whole_met.other_race_group
),

judged as (
    select
        together.*,
        whole.schools,
        whole.schools >= 2 and together.denominator > 0 as is_enough
    from together
    inner join whole
        on
            together.org_kind = whole.org_kind
            and together.org_id = whole.org_id
            and together.level_shown = whole.level_shown
            and together.school_year = whole.school_year
)

select
    {{ surrogate_key([
        "org_kind", "org_id", "level_shown", "school_year", "measure", "race_group", "other_race_group"
    ]) }} as k_segregation,
    org_kind,
    org_id,
    level_shown as level,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    measure,
    race_group,
    other_race_group,
    cast({{ figure("case when is_enough then numerator / nullif(denominator, 0) end") }} as numeric(9, 6))
        as value,
    cast(numerator as numeric(18, 6)) as numerator,
    cast(denominator as numeric(18, 6)) as denominator,
    cast(schools as integer) as schools,
    cast(n as integer) as n,
    {{ as_of() }} as as_of,
    {{ figure_status("case when is_enough then 'ok' else 'insufficient_n' end") }} as status
from judged
