"""Readers by protocol. They know no Airflow and no warehouse: each turns a feed into files on this machine."""

from collections.abc import Iterator
from pathlib import Path

from include.districts import EdfiFeed, Feed, FileFeed
from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.edfi.deliver import deliver_edfi
from include.sources.files.deliver import deliver_files

__all__ = ["Access", "Cursor", "Delivery", "deliveries"]


def deliveries(feed: Feed, access: Access | None, cursor: Cursor | None, folder: Path) -> Iterator[Delivery]:
    """The feed's files in the order in which they land.

    access: how to reach the system, None where the feed names no connection. cursor: what the newest load left,
    None to begin at the beginning. folder: an empty one for what has to be fetched first; a file in it may be
    deleted as soon as the next delivery is asked for. Raises SchoolhouseError where the source does not give what
    it should.
    """
    if isinstance(feed, FileFeed):
        yield from deliver_files(feed, access, folder)
        return
    if isinstance(feed, EdfiFeed):
        yield from deliver_edfi(feed, access, cursor, folder)
        return
    raise SchoolhouseError(f"Feed {feed.name}: nothing reads a {type(feed).__name__}.")
