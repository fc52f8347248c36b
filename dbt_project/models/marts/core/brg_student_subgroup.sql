select
    student_id,
    school_year,
    subgroup_kind,
    subgroup
from {{ ref('int_core__student_subgroup') }}
