select
    student_id,
    school_year,
    'all' as subgroup_kind,
    'all_students' as subgroup,
    true as is_current
from {{ ref('int_core__student_year') }}
union all
select
    student_id,
    school_year,
    'race' as subgroup_kind,
    race_group as subgroup,
    true as is_current
from {{ ref('int_core__student_demographic') }}
union all
select
    student_id,
    school_year,
    'sex' as subgroup_kind,
    sex as subgroup,
    true as is_current
from {{ ref('int_core__student_demographic') }}
union all
select
    student_id,
    school_year,
    'grade' as subgroup_kind,
    coalesce(grade, 'unknown') as subgroup,
    true as is_current
from {{ ref('int_core__student_year') }}
union all
select
    student_id,
    school_year,
    'program' as subgroup_kind,
    program as subgroup,
    is_current
from {{ ref('int_core__student_program') }}
