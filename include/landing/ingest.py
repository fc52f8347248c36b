"""Land every file of a feed."""

import datetime as dt
import logging
import tempfile
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.dialects.postgresql import insert

from include.districts import District
from include.errors import SchoolhouseError
from include.landing.cursor import cursor_of_the_day
from include.landing.failures import clear_failures, note_failure
from include.landing.load import LoadResult, load_file
from include.sources import Access, deliveries
from include.warehouse.engine import warehouse_engine
from models.ops import district as district_table

log = logging.getLogger(__name__)


def claim_warehouse(engine: Engine, district: District) -> None:
    """Write down whose data the warehouse holds.

    Raises SchoolhouseError where it is another district's.
    """
    with engine.begin() as connection:
        connection.execute(
            insert(district_table).values(name=district.name, title=district.title).on_conflict_do_nothing()
        )
        refuse_other_district(connection, district)


def refuse_other_district(connection: Connection, district: District) -> None:
    """Raise SchoolhouseError where the warehouse holds another district's data."""
    other = connection.scalar(text("select name from ops.district where name <> :name"), {"name": district.name})
    if other is not None:
        raise SchoolhouseError(
            f"This warehouse holds the data of {other}, not of {district.name}. "
            "Each district has a database of its own: point SCHOOLHOUSE_WAREHOUSE_URL at another one."
        )


def ingest_feed(district: District, feed_name: str, as_of: dt.date, access: Access | None = None) -> list[LoadResult]:
    """Land what the feed's source holds as known on `as_of`, one transaction a file.

    access: how to reach the source, None where the feed names no connection.
    A failure is written to ops.feed_failure and raised again; a success clears it.
    """
    feed = district.feed(feed_name)
    engine = warehouse_engine("loader")
    claim_warehouse(engine, district)
    try:
        with engine.connect() as connection:
            cursor = cursor_of_the_day(connection, feed, as_of)
        results = []
        with tempfile.TemporaryDirectory(prefix="schoolhouse-") as folder:
            for delivery in deliveries(feed, access, cursor, Path(folder)):
                result = load_file(engine, feed, delivery, as_of)
                log.info(
                    "%s %s: %s read, %s landed, %s unchanged, %s quarantined",
                    feed.name, delivery.name, result.rows_read, result.landed, result.unchanged, result.quarantined,
                )  # fmt: skip
                results.append(result)
    except SchoolhouseError as error:
        with engine.begin() as connection:
            note_failure(connection, feed.name, as_of, str(error))
        raise
    with engine.begin() as connection:
        clear_failures(connection, feed.name, as_of)
    return results
