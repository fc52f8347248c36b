"""A person releases a held list: by name, with a reason, and only what that person was shown."""

import datetime as dt
import logging

from sqlalchemy import select, text, update

from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine
from ml.drift.checks import BLOCK, PASS
from ml.drift.events import record
from ml.drift.history import write_index
from models import ml as tables

log = logging.getLogger(__name__)


def release(as_of: dt.date, by: str, reason: str, inputs_sha256: str | None = None) -> None:
    """Let the list of a held as-of date go out with the next publication.

    inputs_sha256: of the decision that the person saw; null: the one that stands.
    Raises SchoolhouseError without a name or a reason, where there is nothing to release, where it is blocked,
    and where the checks found something else since.
    """
    by, reason = by.strip(), reason.strip()
    if not by or by == "gate":
        raise SchoolhouseError("A held list is released by a person: say who you are.")
    if not reason:
        raise SchoolhouseError(f"{by}: say why the list of {as_of} may go out although a check held it.")
    table = tables.release_decision
    with warehouse_engine().begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.ml'))"))
        decision = connection.execute(select(table).where(table.c.as_of == as_of)).first()
        if decision is None:
            raise SchoolhouseError(
                f"There is no release decision as of {as_of}: run the drift job for that date first."
            )
        if decision.verdict == BLOCK:
            raise SchoolhouseError(
                f"The list of {as_of} is blocked, and nobody can release it: {'; '.join(decision.failing)}. "
                "Repair the feed, then score and check again."
            )
        if decision.verdict == PASS:
            raise SchoolhouseError(f"The list of {as_of} passed every check: there is nothing to release.")
        if inputs_sha256 is not None and inputs_sha256 != decision.inputs_sha256:
            raise SchoolhouseError(
                f"The checks as of {as_of} ran again on other data since you were asked: look at what they say now."
            )
        connection.execute(update(table).where(table.c.as_of == as_of).values(released_by=by, reason=reason))
        record(connection, decision, "released", by, reason)
        write_index(connection)
    log.info("%s released the held list of %s: %s", by, as_of, reason)
