{{ config(materialized="view") }}

-- Every version of an enrollment that was known by the as-of day.
select
    feed,
    row_key,
    student_id,
    school_id,
    school_year,
    grade,
    entered_on,
    exited_on,
    entry_code,
    exit_code,
    known_on,
    {{ superseded_by_as_of() }} as superseded_on
from {{ ref('stg_sis__school_enrollment') }}
where known_on <= {{ as_of() }}
