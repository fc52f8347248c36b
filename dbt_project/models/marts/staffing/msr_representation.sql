with shares as (
    select
        org_group.*,
        {{ share("fte", "known_fte") }} as staff_share,
        {{ share("students", "known_students") }} as student_share,
        case
            when known_fte <= 0 then 'insufficient_n'
            when known_students <= 0 then 'not_collected'
            else 'ok'
        end as status
    from {{ ref('int_staffing__org_group') }} as org_group
)

select
    {{ surrogate_key(["org_kind", "org_id", "school_year", "job_group", "race_group"]) }} as k_representation,
    org_kind,
    org_id,
    case when org_kind = 'school' then {{ surrogate_key(["org_id"]) }} end as k_school,
    school_year,
    {{ year_ends_on("school_year") }} as year_ends_on,
    job_group,
    race_group,
    cast(fte as numeric(12, 2)) as fte,
    cast(students as integer) as students,
    cast(staff_share as numeric(12, 10)) as staff_share,
    cast(student_share as numeric(12, 10)) as student_share,
    cast({{ figure("student_share - staff_share") }} as numeric(12, 10)) as representation_gap,
    cast({{ figure(share("staff_share", "student_share")) }} as numeric(16, 10)) as parity,
    {{ as_of() }} as as_of,
    {{ figure_status("status") }} as status,
    {{ figure_status("case when status = 'ok' and students = 0 then 'insufficient_n' else status end") }}
        as parity_status
from shares
