"""Whether people turn down one group's children more often than another's."""

import pandas as pd
from sqlalchemy import Connection, text

JUDGED = """
select distinct on (d.student_id) d.student_id, d.step = 'overridden' as is_overridden
from lists.elt_decision as d
inner join lists.elt_list_entry as e using (version, student_id)
where
    d.version = :version and e.place = 'seat' and d.step in ('confirmed', 'overridden')
    and not exists (select 1 from lists.elt_decision as u where u.undoes = d.decision_id)
order by d.student_id, d.decision_id desc
"""


def overrides_by_group(connection: Connection, version: str, groups: pd.DataFrame) -> pd.DataFrame:
    """Per kind and subgroup: students proposed for a seat and decided on, overridden of them, and the share.

    groups: student_id, kind and subgroup, which the audit alone may read. Kind `all` counts every student once.
    Where people turn down one group's children more often than another's, the list is fair and the seats are not.
    """
    judged = pd.read_sql_query(text(JUDGED), connection, params={"version": version})
    everybody = judged[["student_id"]].assign(kind="all", subgroup="all_students")
    joined = judged.merge(pd.concat([everybody, groups[["student_id", "kind", "subgroup"]]]), on="student_id")
    found = joined.groupby(["kind", "subgroup"])["is_overridden"].agg(decided="size", overridden="sum", share="mean")
    return found.reset_index()
