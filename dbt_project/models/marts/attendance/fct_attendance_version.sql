{{ config(
    materialized="incremental",
    incremental_strategy="delete+insert",
    on_schema_change="fail",
    unique_key=["student_id", "school_id", "on_date", "known_on"],
    pre_hook="{{ forget_new_versions() }}"
) }}

select
    event.student_id,
    event.school_id,
    event.on_date,
    {{ school_year("event.on_date") }} as school_year,
    cast(code.absent_fraction as numeric(3, 1)) as absent_fraction,
    code.kind as absence_kind,
    event.known_on,
    {{ superseded_by_as_of("event") }} as superseded_on
from {{ ref('stg_sis__attendance_event') }} as event
left join {{ ref('attendance_code') }} as code
    on event.code = code.code
where event.known_on <= {{ as_of() }} and {{ is_new_version("event") }}
