-- One pseudonym a row: it costs more than all the rest.
with result as materialized (
    select
        {{ person_key(["student_id", "school_year"]) }} as k_student_year,
        result.*
    from {{ ref('int_achievement__result') }} as result
)

select
    {{ surrogate_key(["k_student_year", "assessment", "subject", "administration"]) }} as k_assessment_result,
    k_student_year,
    {{ surrogate_key(["school_id"]) }} as k_school,
    student_id,
    school_id,
    district_id,
    assessment,
    subject,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    administration,
    grade,
    scale_score,
    level,
    is_tested,
    is_proficient
from result
