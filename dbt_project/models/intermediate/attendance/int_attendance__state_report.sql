{{ config(materialized="view") }}

-- What the state says of attendance at its schools, as it stands.
select
    school_id,
    school_year,
    attendance_share,
    chronic_absence_share
from {{ ref('stg_state__school_attendance') }}
where {{ is_current() }}
