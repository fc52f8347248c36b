"""Readers by protocol. They know no Airflow and no warehouse: each turns a feed into files on this machine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from include.districts import EdfiFeed, Feed, FileFeed, OneRosterFeed, SqlFeed
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.edfi.deliver import deliver_edfi
from include.sources.files.deliver import deliver_files
from include.sources.oneroster.deliver import deliver_oneroster
from include.sources.sql.deliver import deliver_sql

__all__ = ["Access", "Cursor", "Delivery", "deliveries"]


Reader = Callable[[Any, Access | None, Cursor | None, Path], Iterator[Delivery]]
READERS: dict[type[Feed], Reader] = {
    FileFeed: deliver_files,
    OneRosterFeed: deliver_oneroster,
    EdfiFeed: deliver_edfi,
    SqlFeed: deliver_sql,
}


def deliveries(feed: Feed, access: Access | None, cursor: Cursor | None, folder: Path) -> Iterator[Delivery]:
    """The feed's files in the order in which they land.

    access: how to reach the system, None where the feed names no connection. cursor: what the newest load left,
    None to begin at the beginning. folder: an empty one for what has to be fetched first; a file in it may be
    deleted as soon as the next delivery is asked for. Raises SchoolhouseError where the source does not give what
    it should.
    """
    return READERS[type(feed)](feed, access, cursor, folder)
