select
    {{ person_key(["post.staff_id", "post.school_year", "post.school_id", "post.job_group"]) }}
        as k_staff_post,
    {{ person_key(["post.staff_id", "post.school_year"]) }} as k_staff_year,
    {{ surrogate_key(["post.school_id"]) }} as k_school,
    post.staff_id,
    post.school_year,
    {{ year_ends_on("post.school_year") }} as year_ends_on,
    post.school_id,
    post.job_group,
    cast(post.fte as numeric(9, 2)) as fte,
    post.is_kept,
    staff_year.outcome,
    staff_year.is_retirement
from {{ ref('int_staffing__post') }} as post
inner join {{ ref('int_staffing__staff_year') }} as staff_year
    on post.staff_id = staff_year.staff_id and post.school_year = staff_year.school_year
