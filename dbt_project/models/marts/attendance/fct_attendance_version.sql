{{ config(
    materialized="incremental",
    incremental_strategy="delete+insert",
    on_schema_change="fail",
    unique_key=["student_id", "school_id", "on_date", "known_on"],
    pre_hook="{{ forget_new_versions() }}"
) }}

select
    student_id,
    school_id,
    on_date,
    school_year,
    cast(absent_fraction as numeric(3, 1)) as absent_fraction,
    absence_kind,
    known_on,
    superseded_on
from {{ ref('int_attendance__event_version') }} as event
where {{ is_new_version("event") }}
