select
    {{ surrogate_key([
        "org_kind", "org_id", "assessment", "administration", "subject", "grade", "school_year",
        "subgroup_kind", "subgroup"
    ]) }} as k_proficiency,
    org_kind,
    org_id,
    assessment,
    administration,
    subject,
    grade,
    school_year,
    subgroup_kind,
    subgroup,
    cast({{ figure(share("proficient", "levelled")) }} as numeric(9, 6)) as value,
    cast(proficient as integer) as numerator,
    cast(levelled as integer) as denominator,
    cast(results as integer) as n,
    cast({{ share("tested", "results") }} as numeric(9, 6)) as participation,
    {{ as_of() }} as as_of,
    {{ figure_status("case when levelled = 0 then 'insufficient_n' else 'ok' end") }} as status
from {{ ref('int_achievement__moment') }}
