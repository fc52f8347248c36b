-- The target that a school works towards in each year: of those that began before the year and are not
-- over, the next one to be reached.
select distinct on (school_year.school_id, school_year.school_year, target.indicator)
    school_year.school_id,
    school_year.school_year,
    target.indicator,
    target.baseline_year,
    target.baseline,
    target.target_year,
    target.target
from {{ ref('int_scorecard__school_year') }} as school_year
inner join {{ ref('stg_plans__school_target') }} as target
    on
        school_year.school_id = target.school_id
        and school_year.school_year > target.baseline_year
        and school_year.school_year <= target.target_year
where {{ is_current("target") }}
order by
    school_year.school_id,
    school_year.school_year,
    target.indicator,
    target.target_year,
    target.known_on desc,
    target.feed
