"""Where the next reading of a feed begins: where the last one ended, or at the beginning once that is due."""

import datetime as dt
import logging

from sqlalchemy import Connection, text

from include.districts import Feed, IncrementalFeed
from include.landing.load import mapping_hash
from include.sources import Cursor

log = logging.getLogger(__name__)


def cursor_of_the_day(connection: Connection, feed: Feed, as_of: dt.date) -> Cursor | None:
    """What the reader goes on from as of a day; None where it is to read everything.

    That is so where nothing was read under this mapping, and where the last reading of everything that landed is
    `full_every_days` old: one that failed has left no trace, so the next night tries it again.
    """
    cursor = newest_cursor(connection, feed)
    if cursor is None or not isinstance(feed, IncrementalFeed) or feed.full_every_days is None:
        return cursor
    last = _last_full_reading(connection, feed)
    if last is not None and (as_of - last).days < feed.full_every_days:
        return cursor
    log.info("%s: everything is read, as it last was %s", feed.name, last or "never")
    return None


def newest_cursor(connection: Connection, feed: Feed) -> Cursor | None:
    """Where the feed was read up to; None where it was not, or where its mapping has changed since."""
    return connection.execute(
        text(
            "select cursor from ops.load where feed = :feed and mapping_md5 = :mapping_md5 and cursor is not null"
            " order by load_id desc limit 1"
        ),
        {"feed": feed.name, "mapping_md5": mapping_hash(feed)},
    ).scalar()


def _last_full_reading(connection: Connection, feed: Feed) -> dt.date | None:
    """The day of the newest snapshot, whether it brought anything new or not."""
    return connection.scalar(
        text("select max(as_of) from ops.load where feed = :feed and mapping_md5 = :mapping_md5 and mode = 'snapshot'"),
        {"feed": feed.name, "mapping_md5": mapping_hash(feed)},
    )
