select
    {{ surrogate_key(["org_kind", "org_id", "school_year", "subgroup_kind", "subgroup"]) }}
        as k_chronic_absence,
    org_kind,
    org_id,
    school_year,
    subgroup_kind,
    subgroup,
    cast({{ figure(share("chronic", "rated")) }} as numeric(9, 6)) as value,
    chronic as numerator,
    rated as denominator,
    students as n,
    students - rated as students_below_min_days,
    cast({{ share("enrolled_days", "scheduled_days") }} as numeric(9, 6)) as coverage,
    {{ as_of() }} as as_of,
    {{ figure_status(attendance_status("rated", "enrolled_days", "scheduled_days")) }} as status
from {{ ref('int_attendance__subgroup') }}
