select
    {{ surrogate_key(["org_kind", "org_id", "school_year", "subgroup_kind", "subgroup"]) }}
        as k_attendance_rate,
    org_kind,
    org_id,
    school_year,
    subgroup_kind,
    subgroup,
    cast({{ figure(share("enrolled_days - days_absent", "enrolled_days")) }} as numeric(9, 6)) as value,
    cast(enrolled_days - days_absent as numeric(12, 1)) as numerator,
    enrolled_days as denominator,
    students as n,
    students - rated as students_below_min_days,
    cast({{ share("enrolled_days", "scheduled_days") }} as numeric(9, 6)) as coverage,
    {{ as_of() }} as as_of,
    {{ figure_status(attendance_status("enrolled_days", "enrolled_days", "scheduled_days")) }} as status
from {{ ref('int_attendance__subgroup') }}
