"""The audit of releases: what was decided, who released, what went out. Rows are only ever added."""

import datetime as dt
from typing import Any

from sqlalchemy import Connection, insert, select

from models import ml as tables


def record(
    connection: Connection, decision: Any, event: str, by: str | None, reason: str | None, version: str | None = None
) -> None:
    """Add an event about a row of ml.release_decision, unless the date's newest event says the same already."""
    table = tables.release_event
    said = {
        "as_of": decision.as_of,
        "event": event,
        "verdict": decision.verdict,
        "failing": decision.failing,
        "inputs_sha256": decision.inputs_sha256,
        "model_id": decision.model_id,
        "version": version,
        "by": by,
        "reason": reason,
    }
    if said != _newest(connection, decision.as_of):
        connection.execute(insert(table).values(said))


def _newest(connection: Connection, as_of: dt.date) -> dict[str, Any] | None:
    table = tables.release_event
    columns = [column for column in table.columns if column.name != "event_id"]
    row = connection.execute(
        select(*columns).where(table.c.as_of == as_of).order_by(table.c.event_id.desc()).limit(1)
    ).first()
    return None if row is None else dict(row._mapping)
