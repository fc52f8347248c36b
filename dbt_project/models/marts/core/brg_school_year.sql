select
    {{ surrogate_key(["school.school_id", "school.school_year"]) }} as k_school_year,
    {{ surrogate_key(["school.school_id"]) }} as k_school,
    school.school_id,
    school.school_year,
    network.org_id as network_id,
    {{ year_begins_on("school.school_year") }} as year_begins_on,
    {{ year_ends_on("school.school_year") }} + 1 as next_year_begins_on
from {{ ref('int_core__org_school') }} as school
left join {{ ref('int_core__org_school') }} as network
    on
        school.school_id = network.school_id
        and school.school_year = network.school_year
        and network.org_kind = 'network'
where school.org_kind = 'school' and school.is_in_directory
