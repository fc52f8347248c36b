with autonomy as (
    select
        school_id,
        string_agg(distinct autonomy, ', ' order by autonomy) as autonomies
    from {{ ref('int_core__school_autonomy') }}
    where begins_on <= {{ as_of() }} and (ends_on is null or ends_on >= {{ as_of() }})
    group by school_id
)

select
    {{ surrogate_key(["school.school_id"]) }} as k_school,
    school.school_id,
    school.school_name,
    school.level,
    coalesce(network.network_id, school.network_id) as network_id,
    autonomy.autonomies,
    school.opened_on,
    school.closed_on,
    coalesce(school.opened_on <= {{ as_of() }}, true)
    and coalesce(school.closed_on >= {{ as_of() }}, true) as is_open
from {{ ref('int_core__school') }} as school
left join autonomy on school.school_id = autonomy.school_id
left join {{ ref('int_core__school_network') }} as network
    on
        school.school_id = network.school_id
        and network.valid_from <= {{ as_of() }}
        and (network.valid_to is null or network.valid_to >= {{ as_of() }})
