"""Which feeds did not come in, so that nothing downstream takes half of a night for the whole."""

import datetime as dt

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.dialects.postgresql import insert

from include.districts import District
from models.ops import feed_failure


def note_failure(connection: Connection, feed: str, as_of: dt.date, error: str) -> None:
    """Write down why a feed could not be taken in."""
    statement = insert(feed_failure).values(feed=feed, as_of=as_of, error=error)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["feed", "as_of"],
            set_={"error": statement.excluded.error, "failed_at": text("now()")},
        )
    )


def clear_failures(connection: Connection, feed: str, as_of: dt.date) -> None:
    """The feed is in as of a day: what failed up to then is made good."""
    connection.execute(delete(feed_failure).where(feed_failure.c.feed == feed, feed_failure.c.as_of <= as_of))


def incomplete_contracts(connection: Connection, district: District, as_of: dt.date) -> dict[str, str]:
    """Why a contract's rows are not all there as of a day, by contract; empty where every feed is in."""
    failed = connection.execute(
        select(feed_failure.c.feed, feed_failure.c.as_of, feed_failure.c.error)
        .where(feed_failure.c.as_of <= as_of)
        .order_by(feed_failure.c.as_of)
    ).all()
    contracts = {feed.name: feed.contract for feed in district.feeds}
    return {
        contracts[row.feed]: f"feed {row.feed} did not come in as of {row.as_of}: {row.error}"
        for row in failed
        if row.feed in contracts
    }
