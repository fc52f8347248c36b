"""What a feed would land, without landing it: the whole load, in a transaction that is taken back."""

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from include.districts import District, Feed
from include.errors import SchoolhouseError
from include.landing.check import clear_tables
from include.landing.columns import Columns, columns_of
from include.landing.cursor import cursor_of_the_day
from include.landing.ingest import refuse_other_district
from include.landing.load import LoadResult, land_within
from include.landing.reasons import Refusal, refusals_of
from include.sources import Access, deliveries
from include.warehouse.engine import warehouse_engine

EXAMPLES = 3


@dataclass(frozen=True)
class Rehearsal:
    """What a feed's next load would do.

    results: one for each file. refusals: why rows would be refused, with their first examples. error: why the feed,
    or the rest of it, would not land.
    """

    feed: str
    results: tuple[LoadResult, ...]
    refusals: tuple[Refusal, ...]
    columns: Columns
    error: str | None


def rehearse_feed(district: District, feed_name: str, as_of: dt.date, access: Access | None = None) -> Rehearsal:
    """Land what the feed's source holds and take it back: the warehouse keeps nothing but used-up numbers.

    Whatever would stop the load is in `error`. Raises SchoolhouseError where the warehouse is another district's.
    """
    feed = district.feed(feed_name)
    with warehouse_engine("loader").connect() as connection:
        refuse_other_district(connection, district)
        try:
            return _rehearse(connection, feed, as_of, access)
        finally:
            connection.rollback()


def _rehearse(connection: Connection, feed: Feed, as_of: dt.date, access: Access | None) -> Rehearsal:
    results: list[LoadResult] = []
    error = None
    before = connection.scalar(text("select max(load_id) from ops.load where feed = :feed"), {"feed": feed.name})
    try:
        cursor = cursor_of_the_day(connection, feed, as_of)
        with tempfile.TemporaryDirectory(prefix="schoolhouse-") as folder:
            for delivery in deliveries(feed, access, cursor, Path(folder)):
                clear_tables(connection)
                results.append(land_within(connection, feed, delivery, as_of, keeps_file=False))
    except SchoolhouseError as stopped:
        error = str(stopped)
    load_ids = list(
        connection.scalars(
            text("select load_id from ops.load where feed = :feed and load_id > :before order by load_id"),
            {"feed": feed.name, "before": before or 0},
        )
    )
    return Rehearsal(
        feed.name,
        tuple(results),
        tuple(refusals_of(connection, load_ids, EXAMPLES)),
        columns_of(connection, feed.name, load_ids),
        error,
    )
