-- The base dates that can be compared with the one a year later. A source that was set up with the people
-- then in post knows nobody who had left before: from such a past everybody would seem to have stayed. So
-- the first base date is the one after the first end of a spell that the source recorded.
with recorded as (
    select min(ends_on) as first_end_on
    from {{ ref('int_staffing__spell') }}
),

school_year as (
    select distinct {{ school_year("on_date") }} as school_year
    from {{ ref('int_core__date') }}
)

select
    school_year.school_year,
    {{ staffing_base_on("school_year.school_year") }} as base_on,
    {{ staffing_base_on("school_year.school_year + 1") }} as next_base_on,
    {{ staffing_base_on("school_year.school_year + 1") }} <= {{ as_of() }} as is_over
from school_year
cross join recorded
where
    {{ staffing_base_on("school_year.school_year") }} <= {{ as_of() }}
    and {{ staffing_base_on("school_year.school_year") }} >= recorded.first_end_on
