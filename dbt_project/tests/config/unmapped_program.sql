select
    program,
    count(*) as records
from {{ ref('stg_programs__participation') }}
where
    {{ is_current() }}
    and program not in (select program_group.program from {{ ref('program_group') }} as program_group)
group by program
