select distinct on (student_id)
    student_id,
    given_name,
    family_name
from {{ ref('stg_sis__student') }}
where {{ is_current() }}
order by student_id, known_on desc, feed
