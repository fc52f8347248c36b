select
    student_id,
    school_year,
    subgroup_kind,
    subgroup,
    is_current
from {{ ref('int_core__student_subgroup') }}
