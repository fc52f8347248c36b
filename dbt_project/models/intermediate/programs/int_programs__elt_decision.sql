{{ config(materialized="view") }}

-- Every step that people decided and nobody took back, numbered from the first of each student at a site,
-- term and programme.
select
    decision_id,
    version,
    student_id,
    school_id,
    {{ school_year("decided_on") }} as school_year,
    elt_term,
    program,
    place,
    step,
    decided_on,
    row_number() over steps as step_number,
    lead(step) over steps is null as is_last
from {{ ref('stg_programs__elt_decision') }}
where undone_on is null and {{ is_current() }}
window
    steps as (
        partition by student_id, school_id, elt_term, program
        order by cast(decision_id as bigint)
    )
