"""Whether people turn down one group's children more often than another's, from the decisions as they landed."""

import pandas as pd
from sqlalchemy import Connection, text

OVERRIDES = """
with judged as (
    select distinct on (d.student_id) d.student_id, d.step
    from marts.fct_elt_decision as d
    where d.version = :version and d.place = 'seat' and d.step in ('confirmed', 'overridden')
    order by d.student_id, d.step_number desc
)

select
    g.subgroup_kind as kind,
    g.subgroup,
    count(*) as decided,
    count(*) filter (where judged.step = 'overridden') as overridden,
    avg((judged.step = 'overridden')::integer)::double precision as share
from judged
inner join marts.brg_student_subgroup as g on g.student_id = judged.student_id and g.school_year = :year
group by g.subgroup_kind, g.subgroup
order by g.subgroup_kind, g.subgroup
"""


def overrides_by_group(connection: Connection, version: str, school_year: int) -> pd.DataFrame:
    """Per kind and subgroup: students proposed for a seat and decided on, overridden of them, and the share.

    Where people turn down one group's children more often than another's, the list is fair and the seats are not.
    For the role `fairness`: the numbers are not suppressed.
    """
    return pd.read_sql_query(text(OVERRIDES), connection, params={"version": version, "year": school_year})
