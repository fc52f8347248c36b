"""Land every file of a feed."""

import datetime as dt
import logging
from pathlib import Path

from sqlalchemy import Engine, delete, text
from sqlalchemy.dialects.postgresql import insert

from include.districts import District, Feed
from include.errors import SchoolhouseError
from include.landing.load import LoadResult, load_file
from include.sources.files.read import find_files
from include.warehouse.engine import warehouse_engine
from models.ops import district as district_table
from models.ops import feed_failure

log = logging.getLogger(__name__)


def claim_warehouse(engine: Engine, district: District) -> None:
    """Write down whose data the warehouse holds.

    Raises SchoolhouseError where it is another district's.
    """
    with engine.begin() as connection:
        connection.execute(
            insert(district_table).values(name=district.name, title=district.title).on_conflict_do_nothing()
        )
        others = connection.scalars(
            text("select name from ops.district where name <> :name"), {"name": district.name}
        ).all()
        if others:
            connection.rollback()
            raise SchoolhouseError(
                f"This warehouse holds the data of {others[0]}, not of {district.name}. "
                "Each district has a database of its own: point SCHOOLHOUSE_WAREHOUSE_URL at another one."
            )


def files_of(feed: Feed) -> list[Path]:
    """The feed's files in the order in which they land.

    Raises SchoolhouseError where a required feed has none.
    """
    if not feed.folder.is_dir():
        raise SchoolhouseError(f"Feed {feed.name}: the folder {feed.folder} does not exist.")
    files = find_files(feed.folder, feed.files)
    if not files and feed.is_required:
        raise SchoolhouseError(
            f"Feed {feed.name}: no file in {feed.folder} matches {feed.files!r}. If the feed may be missing, "
            "say `required: false` in district.yml."
        )
    return files


def ingest_feed(district: District, feed_name: str, as_of: dt.date) -> list[LoadResult]:
    """Land what the feed's files hold as known on `as_of`, one transaction a file.

    A failure is written to ops.feed_failure and raised again; a success clears it.
    """
    feed = district.feed(feed_name)
    engine = warehouse_engine()
    claim_warehouse(engine, district)
    try:
        results = []
        for path in files_of(feed):
            result = load_file(engine, feed, path, as_of)
            log.info(
                "%s %s: %s read, %s landed, %s unchanged, %s quarantined",
                feed.name, path.name, result.rows_read, result.landed, result.unchanged, result.quarantined,
            )  # fmt: skip
            results.append(result)
    except SchoolhouseError as error:
        with engine.begin() as connection:
            statement = insert(feed_failure).values(feed=feed.name, as_of=as_of, error=str(error))
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["feed", "as_of"],
                    set_={"error": statement.excluded.error, "failed_at": text("now()")},
                )
            )
        raise
    with engine.begin() as connection:
        connection.execute(delete(feed_failure).where(feed_failure.c.feed == feed.name, feed_failure.c.as_of <= as_of))
    return results
