{{ config(materialized="view") }}

-- Actions of discipline as they stand.
select
    action_id,
    student_id,
    school_id,
    on_date,
    school_year,
    code,
    action_kind,
    days,
    is_discretionary
from {{ ref('int_equity__discipline_action_version') }}
where superseded_on is null
