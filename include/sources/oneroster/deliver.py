"""A resource of OneRoster, whichever way the feed asks for it."""

from collections.abc import Iterator
from pathlib import Path

from include.districts import OneRosterFeed
from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.oneroster.bulk import deliver_zips
from include.sources.oneroster.rest import deliver_records


def deliver_oneroster(
    feed: OneRosterFeed, access: Access | None, cursor: Cursor | None, folder: Path
) -> Iterator[Delivery]:
    """The resource from zips, or from a service. Raises SchoolhouseError where either is not as it should be."""
    if feed.comes_by_zip:
        yield from deliver_zips(feed, access, cursor, folder)
        return
    if access is None:
        raise SchoolhouseError(f"Feed {feed.name}: nothing is known of the connection {feed.connection!r}.")
    yield from deliver_records(feed, access, cursor, folder)
