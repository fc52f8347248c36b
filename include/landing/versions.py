"""Versions of rows: the current one ends on the day the next is known, and what is fresh lands beside it.

Both read the temporary table `fresh`: rows of `typed`, one for each key, that say something new.
"""

import datetime as dt

from sqlalchemy import Connection, Table, text

from include.districts import Feed
from include.landing.mapping import literal
from include.landing.statements import execute
from models.landing.contract import Rules, contract_columns, rules_of

ALWAYS_KNOWN = "date '1900-01-01'"


def current_rows(feed: Feed) -> str:
    """SQL condition for the feed's current rows, as `current`."""
    return f"current._feed = {literal(feed.name)} and current._superseded_on is null"


def is_first_day(connection: Connection, feed: Feed, as_of: dt.date) -> bool:
    """Whether nothing of the feed was loaded on an earlier day."""
    return not connection.execute(
        text("select exists (select 1 from ops.load where feed = :feed and as_of < :as_of)"),
        {"feed": feed.name, "as_of": as_of},
    ).scalar_one()


def day_known(rules: Rules, as_of: dt.date, is_history: bool) -> str:
    """SQL for the day a fresh row became known.

    In history that is the day it was posted, else that of the event and the lag, else always.
    """
    if not is_history:
        return f"date '{as_of}'"
    dates = [f"fresh.{rules.posted}"] if rules.posted else []
    if rules.event:
        dates.append(f"fresh.{rules.event} + {rules.lag_days}")
    known = f"coalesce({', '.join([*dates, ALWAYS_KNOWN])})"
    return f"least({known}, date '{as_of}')"


def end_versions(connection: Connection, table: Table, scope: str, as_of: dt.date, is_history: bool) -> None:
    """End the current versions that fresh rows replace or delete.

    A version ends when the next becomes known: in history that may be long before the day of the load.
    """
    known_on = day_known(rules_of(table), as_of, is_history)
    execute(
        connection,
        f"update landing.{table.name} current set _superseded_on = case when fresh.is_deletion then date '{as_of}'"
        f" else greatest(current._known_on, {known_on}) end from fresh where {scope} and current._key = fresh._key",
    )


def insert_versions(
    connection: Connection, table: Table, feed: Feed, load_id: int, as_of: dt.date, is_history: bool
) -> int:
    """Land the fresh rows. Returns how many."""
    names = ", ".join(column.name for column in contract_columns(table))
    known_on = day_known(rules_of(table), as_of, is_history)
    return execute(
        connection,
        f"insert into landing.{table.name} ({names}, _feed, _key, _load_id, _line, _extra, _known_on)"
        f" select {names}, {literal(feed.name)}, _key, {load_id}, file_line, _extra, {known_on}"
        " from fresh where not is_deletion",
    )
