"""People decide: every step is added beside the frozen list, by name, and in an order that makes sense."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Connection, insert, select, text

from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine
from models import lists

CONFIRMED, OVERRIDDEN, NOMINATED = "confirmed", "overridden", "nominated"
OFFERED, ACCEPTED, DECLINED, ATTENDED, UNDONE = "offered", "accepted", "declined", "attended", "undone"
# What may follow what; any of them may be undone, which says why and brings back what stood before.
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
NEEDS_REASON = (OVERRIDDEN, NOMINATED, UNDONE)


class Refused(SchoolhouseError):
    """A decision that cannot be. kind and values say the same as the text, for whoever tells it in other words."""

    def __init__(self, kind: str, message: str, **values: Any) -> None:
        self.kind, self.values = kind, values
        super().__init__(message)


def decide(
    version: str, student_id: str, step: str, by: str, on_date: dt.date, reason: str | None = None, school_id: str = ""
) -> None:
    """Add one decision in a transaction of its own, with the platform's rights; see `record`."""
    with warehouse_engine().begin() as connection:
        record(connection, version, student_id, step, by, on_date, reason, school_id)


def record(
    connection: Connection,
    version: str,
    student_id: str,
    step: str,
    by: str,
    on_date: dt.date,
    reason: str | None = None,
    school_id: str = "",
    seen: int | None = None,
    request_key: uuid.UUID | None = None,
) -> int:
    """Add one decision about a student of a list, or nominate one who is not on it, in the caller's transaction.

    seen: the newest decision that the person knew of, 0 for none, None where nobody asks. request_key: one decision
    is made of it, however often it comes. Returns the decision's number, of the earlier one where the key came before.

    Raises Refused where another decision stands than the one seen, where the list was superseded or is over, where
    the step may not follow the last one, where a reason is missing, where a school has no open nomination seat left,
    and where an offer goes beyond the school's seats or before a student's turn.
    """
    if not by.strip():
        raise Refused("nobody", f"{step} of a student: say who decides.")
    if step in NEEDS_REASON and not (reason or "").strip():
        raise Refused("no_reason", f"{step}: say why, so that others can judge it.")
    # Until the caller's transaction ends, the list is not superseded, and nobody else decides at the school.
    connection.execute(text("select lists.hold_list(:version)"), {"version": version})
    head = connection.execute(select(lists.elt_list).where(lists.elt_list.c.version == version)).first()
    if head is None:
        raise Refused("no_list", f"There is no list {version}.")
    if request_key is not None and (known := _with_key(connection, request_key)) is not None:
        return known
    if head.superseded_by is not None or head.status in ("stale", "expired") or head.expires_on < on_date:
        raise Refused("list_over", f"The list {version} no longer stands: decide on the newest one.")
    school = school_id or _school_of(connection, version, student_id)
    connection.execute(
        text("select pg_advisory_xact_lock(hashtextextended(:what, 0))"),
        {"what": f"{head.elt_term} {head.program} {school}"},
    )
    if request_key is not None and (known := _with_key(connection, request_key)) is not None:
        return known
    standing = connection.execute(
        text(
            "select s.*, l.seats from lists.elt_list_school as l left join lists.standing as s "
            "on s.version = l.version and s.school_id = l.school_id and s.student_id = :student "
            "where l.version = :version and l.school_id = :school"
        ),
        {"version": version, "school": school, "student": student_id},
    ).first()
    if standing is None:
        raise Refused("no_school", f"The list {version} has no school {school!r}: say for which one the decision is.")
    if seen is not None and seen != (standing.decision_id or 0):
        what = "undid the last decision" if standing.step is None else f"decided: {standing.step}"
        raise Refused(
            "overtaken", f"{standing.by or 'Somebody'} {what} meanwhile. Nothing was changed: look, then decide.",
            step=standing.step, by=standing.by,
        )  # fmt: skip
    _assert_may_follow(connection, version, school, step, standing)
    table = lists.elt_decision
    return connection.execute(
        insert(table)
        .values(
            version=version, elt_term=head.elt_term, program=head.program, student_id=student_id, school_id=school,
            step=step, by=by, on_date=on_date, reason=(reason or "").strip() or None, request_key=request_key,
            undoes=standing.decision_id if step == UNDONE else None,
        )
        .returning(table.c.decision_id)
    ).scalar_one()  # fmt: skip


def _school_of(connection: Connection, version: str, student_id: str) -> str:
    """The school at which the student is on the list, or was nominated."""
    school = connection.scalar(
        text("select school_id from lists.standing where version = :version and student_id = :student limit 1"),
        {"version": version, "student": student_id},
    )
    if school is None:
        raise Refused("not_listed", f"The student is not on the list {version}: nominate first.")
    return school


def _with_key(connection: Connection, request_key: uuid.UUID) -> int | None:
    table = lists.elt_decision
    return connection.scalar(select(table.c.decision_id).where(table.c.request_key == request_key))


def _assert_may_follow(connection: Connection, version: str, school: str, step: str, standing: Any) -> None:
    last = standing.step
    if step == NOMINATED:
        if last is not None:
            raise Refused("decided", "The student has been decided on already.")
        _assert_nomination_seat_is_left(connection, version, school)
    elif standing.student_id is None:
        raise Refused("not_listed", f"The student is not on the list {version}: nominate first.")
    elif step == UNDONE:
        if standing.decision_id is None:
            raise Refused("nothing_to_undo", "There is no decision to undo.")
    elif step not in NEXT[last]:
        allowed = ", ".join(NEXT[last]) or "nothing"
        raise Refused("order", f"{step} cannot follow {last or 'the proposal'}: what may is {allowed}.")
    elif step == OFFERED:
        _assert_seat_is_left(connection, version, school, standing)


def _assert_nomination_seat_is_left(connection: Connection, version: str, school: str) -> None:
    left_over = connection.execute(
        text(
            "select c.open_nomination_seats - (select count(*) from lists.standing as s where s.version = c.version "
            "and s.school_id = c.school_id and s.is_nominated and s.place <> 'out') as left_over "
            "from lists.elt_list_school as c where c.version = :version and c.school_id = :school"
        ),
        {"version": version, "school": school},
    ).scalar_one()
    if left_over <= 0:
        raise Refused("no_nomination_seat", f"School {school} has no seat left for nominations.")


def _assert_seat_is_left(connection: Connection, version: str, school: str, standing: Any) -> None:
    """Offers that stand stay within the school's seats, and nobody is passed over."""
    taken = connection.scalar(
        text(
            "select count(*) from lists.standing where version = :version and school_id = :school "
            "and step in ('offered', 'accepted', 'attended')"
        ),
        {"version": version, "school": school},
    )
    if taken is None or taken >= standing.seats:
        raise Refused("no_seat", f"School {school}: all {standing.seats} seats are offered.", seats=standing.seats)
    if standing.place != "seat":
        turn = "" if standing.waits_as is None else f" The student waits as number {standing.waits_as}."
        raise Refused(
            "not_yet",
            f"School {school}: all {standing.seats} seats are offered, or are others' turn or for nominations.{turn}",
            waits_as=standing.waits_as,
        )
