"""A query's rows, streamed from any database that SQLAlchemy has a dialect for into one CSV file."""

import csv
import datetime as dt
import json
import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Executable,
    Row,
    Select,
    column,
    create_engine,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy import table as table_of
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from include.districts import SqlFeed
from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.files.layout import Layout

ROWS_AT_ONCE = 5_000
# A value of a cursor column as text, and back with the type that the database compares.
KINDS: dict[str, tuple[type, Callable[[str], Any]]] = {
    "timestamp": (dt.datetime, dt.datetime.fromisoformat),
    "date": (dt.date, dt.date.fromisoformat),
    "number": (Decimal, Decimal),
    "integer": (int, int),
    "float": (float, float),
    "text": (str, str),
}


def deliver_sql(feed: SqlFeed, access: Access | None, cursor: Cursor | None, folder: Path) -> Iterator[Delivery]:
    """One file with all rows, or with those from the cursor's value on. Columns under `never_land` are not written.

    All rows are a snapshot, but of a feed with a cursor only where it says `full_every_days`: what is a window on the
    newest rows, as a log's, would else end the others whenever its mapping changes.

    The rows are read in one transaction that cannot write, and a few thousand at a time. A snapshot may be empty:
    the database has said so itself. Raises SchoolhouseError where the database cannot be reached or refuses.
    """
    if access is None:
        raise SchoolhouseError(f"Feed {feed.name}: nothing is known of the connection {feed.connection!r}.")
    path = folder / f"{feed.name}.csv"
    try:
        engine = create_engine(_url(feed, access))
    except (ArgumentError, ImportError, SQLAlchemyError) as error:
        raise SchoolhouseError(
            f"Feed {feed.name}: the address of connection {feed.connection!r} is no SQLAlchemy URL of a database "
            f"whose driver is installed: {error}."
        ) from error
    try:
        with engine.connect() as connection:
            newest = _write(_read_only(connection), feed, _statement(feed, cursor), path)
    except SQLAlchemyError as error:
        said = getattr(error, "orig", None) or error
        raise SchoolhouseError(f"Feed {feed.name}: the database of {feed.connection!r} answered: {said}") from error
    finally:
        engine.dispose()
    # Our own file: its quotes are as they should be, whatever a cell holds.
    layout = Layout(mended=False)
    reached = newest if newest is not None else cursor
    is_whole = feed.mode == "snapshot" or (cursor is None and feed.full_every_days is not None)
    yield Delivery(
        path,
        path.name,
        "snapshot" if is_whole else "delta",
        layout,
        reached if feed.cursor else None,
        is_counted=True,
        is_answer=True,
    )
    path.unlink(missing_ok=True)


def _url(feed: SqlFeed, access: Access) -> URL:
    url = make_url(access.url)
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        if not file.is_file():
            raise SchoolhouseError(f"Feed {feed.name}: there is no database file {file}.")
        # Else SQLite would take a lock, and make a file where there is none.
        return url.set(database=f"{file.resolve().as_uri()}", query={"mode": "ro", "uri": "true"})
    return url.set(username=access.login or url.username, password=access.secret or url.password)


def _read_only(connection: Connection) -> Connection:
    options: dict[str, Any] = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
    if connection.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return connection.execution_options(**options)


def _statement(feed: SqlFeed, cursor: Cursor | None) -> Executable:
    source: Any
    if feed.table is not None:
        schema, _, name = feed.table.rpartition(".")
        source = table_of(name, *([column(feed.cursor)] if feed.cursor else []), schema=schema or None)
    else:
        # A colon in a query is a colon: it has no parameters of ours.
        plain = str(feed.query).strip().rstrip(";").replace(":", "\\:")
        source = text(plain).columns(*([column(feed.cursor)] if feed.cursor else [])).subquery("feed")
    statement: Select[Any] = select(literal_column("*")).select_from(source)
    if feed.cursor is None:
        return statement
    reached = source.c[feed.cursor]
    if cursor is not None:
        # Rows of the very value may have come after it was read; one that has none is never beyond any.
        statement = statement.where(or_(reached >= _beginning(feed, cursor), reached.is_(None)))
    return statement.order_by(reached)


def _beginning(feed: SqlFeed, cursor: Cursor) -> Any:
    """The value to read from: the one that was reached, less what the feed looks back."""
    _, parsed = KINDS[str(cursor["kind"])]
    value = parsed(str(cursor["value"]))
    if feed.look_back is None:
        return value
    if isinstance(value, str):
        raise SchoolhouseError(
            f"Feed {feed.name}: `look_back` is for a cursor that is a time or a number, and {feed.cursor!r} is text."
        )
    if isinstance(value, dt.datetime):
        return value - dt.timedelta(days=feed.look_back)
    if isinstance(value, dt.date):
        return value - dt.timedelta(days=math.ceil(feed.look_back))
    return value - type(value)(math.ceil(feed.look_back) if isinstance(value, int) else feed.look_back)


def _write(connection: Connection, feed: SqlFeed, statement: Executable, path: Path) -> Cursor | None:
    """Write the rows. Returns the greatest value of the cursor column, None where there is none."""
    result = connection.execute(statement)
    names = list(result.keys())
    kept = [place for place, name in enumerate(names) if name not in feed.never_land]
    if feed.cursor is not None and feed.cursor not in names:
        raise SchoolhouseError(f"Feed {feed.name}: no column {feed.cursor!r} for the cursor among {', '.join(names)}.")
    place = names.index(feed.cursor) if feed.cursor is not None else None
    newest: Any = None
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([names[place] for place in kept])
        for rows in result.partitions():
            writer.writerows([[as_text(row[place]) for place in kept] for row in rows])
            newest = _last(rows, place, newest)
    return None if newest is None else _cursor(feed, newest)


def _last(rows: Sequence[Row[Any]], place: int | None, before: Any) -> Any:
    """The last value of the column that is one: the rows are in its order."""
    if place is None:
        return before
    return next((row[place] for row in reversed(rows) if row[place] is not None), before)


def _cursor(feed: SqlFeed, value: Any) -> Cursor:
    for kind, (type_, _) in KINDS.items():
        if isinstance(value, type_):
            return {"kind": kind, "value": str(as_text(value))}
    raise SchoolhouseError(
        f"Feed {feed.name}: the cursor column {feed.cursor!r} is a {type(value).__name__}, which has no order to go by."
    )


def as_text(value: Any) -> str | None:
    """A value as landing reads it: exact numbers, ISO dates and times, JSON for what is nested."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=as_text)
    return str(value)
