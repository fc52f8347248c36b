-- FTE by organisation, job group and race group, with a row all_staff over all job groups. What a source
-- itemises in no job group counts in all_staff only: as a balance it may even be negative, where published
-- job groups overlap.
with by_job as (
    select
        org.org_kind,
        org.org_id,
        fte.school_year,
        fte.job_group,
        fte.race_group,
        bool_or(fte.source_kind = 'state') as is_from_state,
        sum(fte.fte) as fte
    from {{ ref('int_staffing__fte') }} as fte
    inner join {{ ref('int_core__org_school') }} as org
        on fte.school_id = org.school_id and fte.school_year = org.school_year
    group by org.org_kind, org.org_id, fte.school_year, fte.job_group, fte.race_group
)

select
    org_kind,
    org_id,
    school_year,
    job_group,
    race_group,
    is_from_state,
    fte
from by_job
where job_group <> 'not_itemised'
union all
select
    org_kind,
    org_id,
    school_year,
    'all_staff' as job_group,
    race_group,
    bool_or(is_from_state) as is_from_state,
    sum(fte) as fte
from by_job
group by org_kind, org_id, school_year, race_group
