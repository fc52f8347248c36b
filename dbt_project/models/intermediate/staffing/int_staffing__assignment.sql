-- Who worked where on the base date of each school year that has come.
with base_date as (
    select distinct
        {{ school_year("on_date") }} as school_year
    from {{ ref('int_core__date') }}
)

select
    spell.staff_id,
    spell.school_id,
    spell.job_group,
    base_date.school_year,
    spell.race_group,
    spell.fte
from {{ ref('int_staffing__spell') }} as spell
inner join base_date
    on
        {{ staffing_base_on("base_date.school_year") }} <= {{ as_of() }}
        and {{ staffing_base_on("base_date.school_year") }} >= spell.begins_on
        and (
            spell.ends_on is null
            or {{ staffing_base_on("base_date.school_year") }} <= spell.ends_on
        )
