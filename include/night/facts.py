"""The facts of a night, from the landing's own audit."""

import datetime as dt
import statistics
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from include.districts import District, Feed
from include.landing.columns import Columns, columns_of
from include.landing.quarantine import open_by_reason

SAME_WEEKDAYS = 8
SHOWN_NIGHTS = 28
NO_COLUMNS = Columns()

# The last word on each file of each day. Of a delta only files that said something: the others have said it before.
# Its first load is the whole history, which no night compares with, and a night that read everything is like
# others that did.
VOLUMES = """
    select as_of, sum(rows_read)::bigint as rows, bool_or(mode = 'snapshot') as is_whole from (
        select distinct on (as_of, file_name) as_of, file_name, rows_read, mode from ops.load
        where feed = :feed and as_of <= :as_of
          and (mode = 'snapshot' or (status = 'landed' and not is_history))
        order by as_of, file_name, load_id desc
    ) files group by as_of order by as_of
"""
COUNTS = """
    select array_agg(load_id order by load_id) as load_ids, count(distinct file_name) as files,
      sum(landed) as landed, sum(closed) as closed, max(finished_at) as loaded_at,
      sum(rows_read) filter (where is_last) as rows_read, sum(quarantined) filter (where is_last) as quarantined
    from (
        select *, load_id = max(load_id) over (partition by file_name) as is_last
        from ops.load where feed = :feed and as_of = :as_of
    ) day
"""


@dataclass(frozen=True)
class FeedNight:
    """A feed's newest load day up to the night, all None or 0 where it never landed.

    age_days: from that day to the night. rows_read and quarantined: by the last load of each file. landed and
    closed: by all loads of the day. volume: rows to compare with other nights, of a delta those of new files
    only. usual, low and high: of the same weekday's earlier volumes, read in full or by changes as this one, None
    where there are none. nights: the last
    days with their volumes, the newest last. failure: why the feed did not come in.
    """

    feed: str
    contract: str
    due_every_days: int
    as_of: dt.date | None = None
    loaded_at: dt.datetime | None = None
    age_days: int | None = None
    files: int = 0
    rows_read: int = 0
    landed: int = 0
    quarantined: int = 0
    closed: int = 0
    volume: int | None = None
    usual: float | None = None
    low: int | None = None
    high: int | None = None
    compared: int = 0
    nights: tuple[tuple[dt.date, int], ...] = ()
    columns: Columns = NO_COLUMNS
    failure: str | None = None

    @property
    def unchanged(self) -> int:
        """Rows that said what was known: what was read and neither landed nor was refused."""
        return max(0, self.rows_read - self.landed - self.quarantined)

    @property
    def is_late(self) -> bool:
        """Whether the newest load is older than the feed's schedule allows, or there is none."""
        return self.age_days is None or self.age_days > self.due_every_days

    @property
    def is_unusual(self) -> bool:
        """Whether the volume is outside of what the same weekday has brought."""
        return (
            self.volume is not None
            and self.low is not None
            and self.high is not None
            and not (self.low <= self.volume <= self.high)
        )


@dataclass(frozen=True)
class Night:
    """waiting: rows in quarantine as (feed, reason, column_name, rows, first_on, last_on). orphans: values that refer
    to nothing, as (contract, column_name, parent, distinct_values, rows, first_seen_on), the values themselves not."""

    district: str
    as_of: dt.date
    feeds: tuple[FeedNight, ...]
    waiting: tuple[Any, ...]
    orphans: tuple[Any, ...]


def newest_night(connection: Connection) -> dt.date | None:
    """The newest day that a feed landed or failed as of; None where there is none."""
    return connection.scalar(
        text("select max(as_of) from (select as_of from ops.load union all select as_of from ops.feed_failure) days")
    )


def gather(connection: Connection, district: District, as_of: dt.date) -> Night:
    """Everything about the night of `as_of`."""
    orphans = connection.execute(
        text(
            "select contract, column_name, parent, count(*) as distinct_values, sum(rows)::bigint as rows,"
            " min(first_seen_on) as first_seen_on from ops.orphan where healed_on is null"
            " group by 1, 2, 3 order by 1, 2"
        )
    ).all()
    return Night(
        district.title,
        as_of,
        tuple(_feed(connection, feed, as_of) for feed in district.feeds),
        tuple(open_by_reason(connection)),
        tuple(orphans),
    )


def _feed(connection: Connection, feed: Feed, as_of: dt.date) -> FeedNight:
    asked = {"feed": feed.name, "as_of": as_of}
    failure = connection.scalar(
        text("select error from ops.feed_failure where feed = :feed and as_of <= :as_of order by as_of desc limit 1"),
        asked,
    )
    newest = connection.scalar(text("select max(as_of) from ops.load where feed = :feed and as_of <= :as_of"), asked)
    if newest is None:
        return FeedNight(feed.name, feed.contract, feed.due_every_days, failure=failure)
    counts = connection.execute(text(COUNTS), {"feed": feed.name, "as_of": newest}).one()
    volumes = connection.execute(text(VOLUMES), asked).all()
    nights = tuple((night.as_of, night.rows) for night in volumes)
    kinds = {night.as_of: night.is_whole for night in volumes}
    earlier = [
        rows
        for day, rows in nights
        if day < newest and day.weekday() == newest.weekday() and kinds[day] == kinds.get(newest, False)
    ][-SAME_WEEKDAYS:]
    return FeedNight(
        feed.name,
        feed.contract,
        feed.due_every_days,
        as_of=newest,
        loaded_at=counts.loaded_at,
        age_days=(as_of - newest).days,
        files=counts.files,
        rows_read=int(counts.rows_read),
        landed=int(counts.landed),
        quarantined=int(counts.quarantined),
        closed=int(counts.closed),
        volume=dict(nights).get(newest),
        usual=statistics.median(earlier) if earlier else None,
        low=min(earlier, default=None),
        high=max(earlier, default=None),
        compared=len(earlier),
        nights=nights[-SHOWN_NIGHTS:],
        columns=columns_of(connection, feed.name, counts.load_ids),
        failure=failure,
    )
