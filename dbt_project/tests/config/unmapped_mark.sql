select
    mark,
    count(*) as course_grades
from {{ ref('stg_sis__course_grade') }}
where {{ is_current() }} and mark not in (select mark.mark from {{ ref('mark') }} as mark)
group by mark
