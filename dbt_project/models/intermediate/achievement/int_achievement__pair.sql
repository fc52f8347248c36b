-- Each group beside the group that it is compared with: a race group with the comparison group, a programme
-- with the students of the same cell who are not in it.
with moment as (
    select
        {{ surrogate_key(
            ["org_kind", "org_id", "assessment", "administration", "subject", "grade", "school_year"]
        ) }} as cell,
        moments.*
    from {{ ref('int_achievement__moment') }} as moments
    where org_kind in ('district', 'reporting_district')
),

race as (
    select
        a.*,
        '{{ var("gap_comparison_race") }}' as comparison,
        coalesce(b.levelled, 0) as levelled_b,
        coalesce(b.proficient, 0) as proficient_b,
        coalesce(b.scored, 0) as scored_b,
        coalesce(b.score_sum, 0) as score_sum_b,
        coalesce(b.score_square_sum, 0) as score_square_sum_b
    from moment as a
    left join moment as b
        on
            a.cell = b.cell
            and b.subgroup_kind = 'race'
            and b.subgroup = '{{ var("gap_comparison_race") }}'
    where a.subgroup_kind = 'race' and a.subgroup <> '{{ var("gap_comparison_race") }}'
),

program as (
    select
        a.*,
        program_group.gap_comparison as comparison,
        everyone.levelled - a.levelled as levelled_b,
        everyone.proficient - a.proficient as proficient_b,
        everyone.scored - a.scored as scored_b,
        everyone.score_sum - a.score_sum as score_sum_b,
        everyone.score_square_sum - a.score_square_sum as score_square_sum_b
    from moment as a
    inner join moment as everyone
        on a.cell = everyone.cell and everyone.subgroup_kind = 'all'
    inner join {{ ref('program_group') }} as program_group
        on a.subgroup = program_group.program
    where a.subgroup_kind = 'program'
)

select * from race
union all
select * from program
