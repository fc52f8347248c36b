{{ config(
    materialized="incremental",
    incremental_strategy="delete+insert",
    on_schema_change="fail",
    unique_key=["student_id", "assessment", "subject", "school_year", "administration", "known_on"],
    pre_hook="{{ forget_new_versions() }}"
) }}

select
    student_id,
    school_id,
    district_id,
    assessment,
    subject,
    school_year,
    administration,
    grade,
    administered_on,
    scale_score,
    level,
    is_proficient,
    known_on,
    superseded_on
from {{ ref('int_achievement__result_version') }} as result
where {{ is_new_version("result") }}
