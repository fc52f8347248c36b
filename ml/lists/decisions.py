"""People decide: every step is added beside the frozen list, by name, and in an order that makes sense."""

import datetime as dt

import pandas as pd
from sqlalchemy import Connection, insert, select, text

from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine
from models import lists

CONFIRMED, OVERRIDDEN, NOMINATED = "confirmed", "overridden", "nominated"
OFFERED, ACCEPTED, DECLINED, ATTENDED = "offered", "accepted", "declined", "attended"
# What may follow what. A decision may be taken back until the family was asked.
NEXT: dict[str | None, tuple[str, ...]] = {
    None: (CONFIRMED, OVERRIDDEN),
    CONFIRMED: (OVERRIDDEN, OFFERED),
    OVERRIDDEN: (CONFIRMED,),
    NOMINATED: (OVERRIDDEN, OFFERED),
    OFFERED: (ACCEPTED, DECLINED),
    ACCEPTED: (ATTENDED, DECLINED),
    DECLINED: (),
    ATTENDED: (),
}


def decide(
    version: str, student_id: str, step: str, by: str, on_date: dt.date, reason: str | None = None, school_id: str = ""
) -> None:
    """Add one decision about a student of a list, or nominate one who is not on it for an open seat at `school_id`.

    Raises SchoolhouseError where the list was superseded or is over, where the step may not follow the last one,
    where somebody overrides or nominates without a reason, where a school has no open nomination seat left, and
    where an offer would go beyond the school's seats.
    """
    if not by.strip():
        raise SchoolhouseError(f"{step} of a student: say who decides.")
    if step in (OVERRIDDEN, NOMINATED) and not (reason or "").strip():
        raise SchoolhouseError(f"{step}: say why, so that others can judge it.")
    with warehouse_engine().begin() as connection:
        row = connection.execute(
            select(lists.elt_list).where(lists.elt_list.c.version == version).with_for_update()
        ).first()
        if row is None:
            raise SchoolhouseError(f"There is no list {version}.")
        if row.superseded_by is not None or row.status in ("stale", "expired") or row.expires_on < on_date:
            raise SchoolhouseError(f"The list {version} no longer stands: decide on the newest one.")
        entry = connection.execute(
            select(lists.elt_list_entry).where(
                (lists.elt_list_entry.c.version == version) & (lists.elt_list_entry.c.student_id == student_id)
            )
        ).first()
        last = _last_step(connection, version, student_id)
        if step == NOMINATED:
            _assert_may_be_nominated(connection, version, student_id, school_id, entry is not None, last)
        elif entry is None and last is None:
            raise SchoolhouseError(f"The student is not on the list {version}: nominate first.")
        elif step not in NEXT[last]:
            allowed = ", ".join(NEXT[last]) or "nothing"
            raise SchoolhouseError(f"{step} cannot follow {last or 'the proposal'}: what may is {allowed}.")
        school = school_id or (entry.school_id if entry is not None else _school_of(connection, version, student_id))
        if step == OFFERED:
            _assert_seat_is_left(connection, version, school)
        connection.execute(
            insert(lists.elt_decision).values(
                version=version, student_id=student_id, school_id=school, step=step, by=by, on_date=on_date,
                reason=reason,
            )
        )  # fmt: skip


def _last_step(connection: Connection, version: str, student_id: str) -> str | None:
    table = lists.elt_decision
    return connection.scalar(
        select(table.c.step)
        .where((table.c.version == version) & (table.c.student_id == student_id))
        .order_by(table.c.decision_id.desc())
        .limit(1)
    )


def _school_of(connection: Connection, version: str, student_id: str) -> str:
    table = lists.elt_decision
    return connection.execute(
        select(table.c.school_id).where((table.c.version == version) & (table.c.student_id == student_id)).limit(1)
    ).scalar_one()


def _assert_may_be_nominated(
    connection: Connection, version: str, student_id: str, school_id: str, is_listed: bool, last: str | None
) -> None:
    if last is not None:
        raise SchoolhouseError("The student has been decided on already.")
    seat = connection.execute(
        text(
            "select s.open_nomination_seats - count(d.student_id) as left_over "
            "from lists.elt_list_school as s left join lists.elt_decision as d "
            "on d.version = s.version and d.school_id = s.school_id and d.step = 'nominated' "
            "where s.version = :version and s.school_id = :school group by s.open_nomination_seats"
        ),
        {"version": version, "school": school_id},
    ).scalar()
    if seat is None:
        raise SchoolhouseError(f"The list {version} has no school {school_id!r}: say for which one the nomination is.")
    if seat <= 0:
        raise SchoolhouseError(f"School {school_id} has no seat left for nominations.")


def _assert_seat_is_left(connection: Connection, version: str, school_id: str) -> None:
    """Offers that stand (not declined since) stay within the school's seats."""
    row = connection.execute(
        text(
            "select s.seats, (select count(*) from (select distinct on (student_id) step from lists.elt_decision "
            "where version = s.version and school_id = s.school_id order by student_id, decision_id desc) as d "
            "where step in ('offered', 'accepted', 'attended')) as taken "
            "from lists.elt_list_school as s where s.version = :version and s.school_id = :school"
        ),
        {"version": version, "school": school_id},
    ).one()
    if row.taken >= row.seats:
        raise SchoolhouseError(f"School {school_id}: all {row.seats} seats are offered.")


def overrides_by_group(connection: Connection, version: str, groups: pd.DataFrame) -> pd.DataFrame:
    """Per kind and subgroup: students proposed for a seat and decided on, overridden of them, and the share.

    groups: student_id, kind and subgroup, which the audit alone may read. Kind `all` counts every student once.
    Where people turn down one group's children more often than another's, the list is fair and the seats are not.
    """
    last = pd.read_sql_query(
        text(
            """
            select distinct on (d.student_id) d.student_id, d.step = 'overridden' as is_overridden
            from lists.elt_decision as d
            inner join lists.elt_list_entry as e using (version, student_id)
            where d.version = :version and e.place = 'seat' and d.step in ('confirmed', 'overridden')
            order by d.student_id, d.decision_id desc
            """
        ),
        connection,
        params={"version": version},
    )
    everybody = last[["student_id"]].assign(kind="all", subgroup="all_students")
    joined = last.merge(pd.concat([everybody, groups[["student_id", "kind", "subgroup"]]]), on="student_id")
    found = joined.groupby(["kind", "subgroup"])["is_overridden"].agg(decided="size", overridden="sum", share="mean")
    return found.reset_index()
