"""Release a list: only behind its decision, as a new version, never over an old one."""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_once

from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine
from ml import registry
from ml.config import Experiment, load_experiment
from ml.drift import events
from ml.drift.checks import BLOCK, HOLD, PASS
from ml.lists.build import SEAT, WAITLIST, current_version, list_entries, read_scores, scores_sha256, seats_for
from ml.lists.seats import SeatTable
from ml.sites import site_capacity
from ml.store import copy_rows, sha256_of
from models import lists
from models import ml as tables

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ListResult:
    """The list that stands after a run.

    version: null where none was ever released. students: proposed for a seat. open_nominations: seats kept
    for people's nominations. listed = students + open_nominations, which equals seats. per_school: seats by
    school. changed: whether this run released a version. verdict: pass, hold or block.
    """

    version: str | None
    listed: int
    seats: int
    students: int
    open_nominations: int
    waitlist: int
    per_school: dict[str, int]
    changed: bool
    verdict: str
    status: str | None


def publish(as_of: dt.date) -> ListResult:
    """Release the list of an as-of date if its release decision allows it.

    pass, or a hold that a person released: a new version supersedes the last one, in one transaction; the
    same content again changes nothing. hold: the last list stays, marked stale. block: nothing is released.
    Raises SchoolhouseError where the date has no decision, or one about other scores than those that stand.
    """
    experiment = load_experiment()
    with warehouse_engine("ml").begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.ml'))"))
        result = _publish(connection, experiment, as_of)
    log.info(
        "List as of %s: %s, %s, %d of %d seats",
        as_of,
        result.verdict,
        result.version,
        result.listed,
        result.seats,
    )
    return result


def _publish(connection: Connection, experiment: Experiment, as_of: dt.date) -> ListResult:
    table = tables.release_decision
    decision = connection.execute(select(table).where(table.c.as_of == as_of)).first()
    if decision is None:
        raise SchoolhouseError(f"There is no release decision as of {as_of}: run the drift job for that date first.")
    model = registry.current(connection, as_of, experiment.elt_term(as_of))
    if decision.model_id != model["model_id"]:
        raise SchoolhouseError(
            f"The release decision as of {as_of} is about model {decision.model_id}, but the scores are of "
            f"{model['model_id']}: run the drift job again."
        )
    term, program = experiment.elt_term(as_of), experiment.seats["program"]
    standing = current_version(connection, term, program)
    if decision.verdict == BLOCK or (decision.verdict != PASS and decision.released_by is None):
        _age(connection, standing, as_of, decision.verdict)
        _tell(connection, "held", term, program, as_of, standing or "")
        return _result(connection, standing, False, decision.verdict)
    scores = read_scores(connection, experiment, as_of)
    if decision.scores_sha256 != scores_sha256(scores):
        raise SchoolhouseError(
            f"The scores as of {as_of} are not those that the release decision is about: run the drift job again."
        )
    seats = seats_for(scores, experiment, site_capacity(connection, experiment, as_of))
    entries = list_entries(scores, seats, experiment, as_of)
    school_rows = _school_rows(seats, entries)
    _assert_seats_are_exact(school_rows)
    review = list(model["needs_review"])
    content = sha256_of(
        entries[["student_id", "school_id", "rank", "place", "risk", "tie_break"]].to_csv(index=False),
        school_rows,
        review,
    )
    if standing is not None:
        row = connection.execute(select(lists.elt_list).where(lists.elt_list.c.version == standing)).one()
        if row.as_of == as_of and row.content_sha256 == content:
            return _result(connection, standing, False, decision.verdict)
        if row.as_of > as_of:
            raise SchoolhouseError(f"The list {standing} is newer than {as_of}: an older list cannot take its place.")
    version = _next_version(connection, term, program, as_of, content)
    _write(
        connection,
        experiment,
        as_of,
        version,
        standing,
        entries,
        school_rows,
        review,
        model["model_id"],
        content,
    )
    events.record(connection, decision, "published", decision.released_by, decision.reason, version)
    _tell(connection, "released" if standing is None else "superseded", term, program, as_of, version)
    return _result(connection, version, True, decision.verdict)


def _age(connection: Connection, standing: str | None, as_of: dt.date, verdict: str) -> None:
    """Say of the list that stays that it is over, or that a newer one is held."""
    if standing is None:
        return
    table = lists.elt_list
    older = update(table).where((table.c.version == standing) & (table.c.as_of < as_of))
    if verdict == HOLD:
        connection.execute(older.values(status="stale"))
    connection.execute(older.where(table.c.expires_on < as_of).values(status="expired"))


def _tell(connection: Connection, event: str, term: str, program: str, as_of: dt.date, version: str) -> None:
    """Let include/desk/messages tell people, once, and only if this transaction holds."""
    connection.execute(
        insert_once(lists.message_event)
        .values(event=event, elt_term=term, program=program, as_of=as_of, version=version)
        .on_conflict_do_nothing()
    )


def _next_version(connection: Connection, term: str, program: str, as_of: dt.date, content: str) -> str:
    """Term, programme, as-of date, number among the versions of that date, and the content's hash."""
    table = lists.elt_list
    earlier = connection.scalar(
        select(func.count()).where((table.c.elt_term == term) & (table.c.program == program) & (table.c.as_of == as_of))
    )
    return f"{term}.{program}.{as_of.isoformat()}.{(earlier or 0) + 1}.{content[:8]}"


def _school_rows(seats: SeatTable, entries: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of lists.elt_list_school. A nomination seat that no ranked student could fill stays open too."""
    placed = entries.groupby(["school_id", "place"]).size()
    return [
        {
            "school_id": school,
            "cohort": seats.cohort[school],
            "capacity": seats.capacity[school],
            "risk_sum": seats.risk_sum[school],
            "seats": count,
            "seat_entries": int(placed.get((school, SEAT), 0)),
            "open_nomination_seats": seats.nominations[school],
            "waitlist_entries": int(placed.get((school, WAITLIST), 0)),
        }
        for school, count in sorted(seats.seats.items())
    ]


def _assert_seats_are_exact(rows: list[dict[str, Any]]) -> None:
    """Students proposed + seats kept for nominations = seats, in every school."""
    for row in rows:
        if row["seat_entries"] + row["open_nomination_seats"] != row["seats"]:
            raise SchoolhouseError(
                f"School {row['school_id']}: the list does not fill its {row['seats']} seats exactly."
            )


def _write(
    connection: Connection,
    experiment: Experiment,
    as_of: dt.date,
    version: str,
    standing: str | None,
    entries: pd.DataFrame,
    school_rows: list[dict[str, Any]],
    review: list[str],
    model_id: str,
    content: str,
) -> None:
    """Add the version and let it supersede the standing one."""
    term, program = experiment.elt_term(as_of), experiment.seats["program"]
    if standing is not None:
        connection.execute(
            update(lists.elt_list).where(lists.elt_list.c.version == standing).values(superseded_by=version)
        )
    connection.execute(
        insert(lists.elt_list).values(
            version=version,
            as_of=as_of,
            elt_term=term,
            program=program,
            expires_on=as_of + dt.timedelta(days=experiment.seats["expires_days"]),
            status="review_required" if review else "proposed",
            needs_review=review,
            seats=sum(row["seats"] for row in school_rows),
            model_id=model_id,
            content_sha256=content,
            seed=experiment.seed,
        )
    )
    connection.execute(insert(lists.elt_list_school), [{"version": version, **row} for row in school_rows])
    frozen = ["student_id", "school_id", "rank", "place", "risk", "band", "method", "tie_break", "reasons"]
    copy_rows(
        connection,
        lists.elt_list_entry,
        ["version", "program", "status", *frozen],
        ((version, program, "proposed", *row) for row in entries[frozen].itertuples(index=False, name=None)),
    )


def _result(connection: Connection, version: str | None, changed: bool, verdict: str) -> ListResult:
    """Counts of the version that stands, read back."""
    if version is None:
        return ListResult(None, 0, 0, 0, 0, 0, {}, changed, verdict, None)
    table = lists.elt_list_school
    rows = connection.execute(select(table).where(table.c.version == version).order_by(table.c.school_id)).all()
    status = connection.scalar(select(lists.elt_list.c.status).where(lists.elt_list.c.version == version))
    students, nominations = (
        sum(row.seat_entries for row in rows),
        sum(row.open_nomination_seats for row in rows),
    )
    return ListResult(
        version=version,
        listed=students + nominations,
        seats=sum(row.seats for row in rows),
        students=students,
        open_nominations=nominations,
        waitlist=sum(row.waitlist_entries for row in rows),
        per_school={row.school_id: row.seats for row in rows},
        changed=changed,
        verdict=verdict,
        status=status,
    )
