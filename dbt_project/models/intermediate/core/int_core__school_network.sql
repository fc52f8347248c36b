-- The network of a school on every day: what the autonomies name, and the directory where they name none. A
-- change in the directory holds from the day it became known; its first version for all the time before.
with directory as (
    select
        school_id,
        network_id,
        known_on,
        lag(known_on) over school_version as earlier_known_on,
        lead(known_on) over school_version as later_known_on
    from {{ ref('stg_sis__school') }}
    where known_on <= {{ as_of() }}
    window school_version as (partition by school_id order by known_on, feed)
),

span as (
    select
        school_id,
        network_id,
        1 as preference,
        begins_on as starts_on,
        ends_on
    from {{ ref('int_core__school_autonomy') }}
    where network_id is not null
    union all
    select
        school_id,
        network_id,
        2 as preference,
        case when earlier_known_on is null then cast('1900-01-01' as date) else known_on end as starts_on,
        later_known_on - 1 as ends_on
    from directory
),

boundary as (
    select
        school_id,
        starts_on as at_on
    from span
    union
    select
        school_id,
        ends_on + 1 as at_on
    from span
    where ends_on is not null
),

piece as (
    select
        school_id,
        at_on as starts_on,
        lead(at_on) over (partition by school_id order by at_on) - 1 as ends_on
    from boundary
),

chosen as (
    select distinct on (piece.school_id, piece.starts_on)
        piece.school_id,
        piece.starts_on,
        piece.ends_on,
        span.network_id
    from piece
    inner join span
        on
            piece.school_id = span.school_id
            and piece.starts_on >= span.starts_on
            and (span.ends_on is null or piece.starts_on <= span.ends_on)
    order by piece.school_id, piece.starts_on, span.preference, span.starts_on desc, span.network_id
),

marked as (
    select
        chosen.*,
        case
            when network_id = lag(network_id) over in_time and starts_on - 1 = lag(ends_on) over in_time
                then 0
            else 1
        end as is_change
    from chosen
    window in_time as (partition by school_id order by starts_on)
),

numbered as (
    select
        marked.*,
        sum(is_change) over (partition by school_id order by starts_on) as spell
    from marked
)

select
    school_id,
    network_id,
    min(starts_on) as valid_from,
    case when bool_and(ends_on is not null) then max(ends_on) end as valid_to
from numbered
where network_id is not null
group by school_id, network_id, spell
