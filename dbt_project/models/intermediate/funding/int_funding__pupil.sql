-- Pupils of a school on the count date of the fiscal year; from the state's totals where there are no pupils
-- at all. Pupils with need are those with English learner, disability or low-income records on the date, each
-- counted once. Weighted pupils are the pupils times what the formula weighs a projected pupil of the school.
{{ config(meta={"optional_parents": ["stg_state__enrollment_count"]}) }}

with enrolled as (
    select distinct on (student_id, school_year)
        student_id,
        school_id,
        school_year as fiscal_year,
        {{ pupil_count_on("school_year") }} as count_on
    from {{ ref('stg_sis__school_enrollment') }}
    where
        {{ is_current() }}
        and {{ pupil_count_on("school_year") }} <= {{ as_of() }}
        and entered_on <= {{ pupil_count_on("school_year") }}
        and (exited_on is null or exited_on >= {{ pupil_count_on("school_year") }})
    order by student_id, school_year, entered_on desc, school_id
),

with_need as (
    select distinct
        enrolled.student_id,
        enrolled.fiscal_year
    from enrolled
    inner join {{ ref('stg_programs__participation') }} as participation
        on
            enrolled.student_id = participation.student_id
            and participation.program in ('el', 'swd', 'low_income')
            and enrolled.count_on >= participation.begins_on
            and (participation.ends_on is null or enrolled.count_on <= participation.ends_on)
    where {{ is_current("participation") }}
),

need_year as (
    select distinct fiscal_year from with_need
),

counted as (
    select
        enrolled.school_id,
        enrolled.fiscal_year,
        count(*) as pupils,
        -- In a year without any record of need nobody knows who has it.
        case when count(need_year.fiscal_year) > 0 then count(with_need.student_id) end as need_pupils
    from enrolled
    left join need_year using (fiscal_year)
    left join with_need using (student_id, fiscal_year)
    group by enrolled.school_id, enrolled.fiscal_year
),

stated as (
    select
        school_id,
        school_year as fiscal_year,
        coalesce(
            max(students) filter (where grade = 'total'), sum(students) filter (where grade <> 'total')
        ) as pupils,
        cast(null as bigint) as need_pupils
    from {{ ref('stg_state__enrollment_count') }}
    where
        {{ is_current() }}
        and not exists (select 1 from counted)
    group by school_id, school_year
),

weighed as (
    select
        school_id,
        fiscal_year,
        {{ share(
            "sum(projected_students * weight) + sum(projected_students) filter (where line = 'grade')",
            "sum(projected_students) filter (where line = 'grade')"
        ) }} as weight_per_pupil
    from {{ ref('int_funding__formula_group') }}
    group by school_id, fiscal_year
),

together as (
    select * from counted
    union all
    select * from stated
)

select
    together.school_id,
    together.fiscal_year,
    cast(together.pupils as integer) as pupils,
    cast(together.need_pupils as integer) as need_pupils,
    cast(together.pupils * weighed.weight_per_pupil as numeric(14, 4)) as weighted_pupils
from together
left join weighed using (school_id, fiscal_year)
where together.pupils > 0
