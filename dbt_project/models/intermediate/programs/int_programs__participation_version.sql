{{ config(materialized="view") }}

-- Every version of a participation that was known by the as-of day.
select
    student_id,
    program,
    begins_on,
    ends_on,
    level,
    known_on,
    {{ superseded_by_as_of() }} as superseded_on
from {{ ref('stg_programs__participation') }}
where known_on <= {{ as_of() }}
