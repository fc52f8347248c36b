"""What the tasks of `ingest` do: one feed each, then what can only be seen once all have been tried."""

import datetime as dt

from include.access.logins import sync_logins
from include.districts import load_district
from include.landing import ingest_feed
from include.landing.orphans import find_orphans
from include.night import write_page
from include.orchestration.connections import access_of
from include.orchestration.watermark import landed_as_of


def load_one(feed: str, as_of: str) -> dict[str, int]:
    """Land a feed of the district as of an ISO date; returns the number of files, and of rows landed."""
    district = load_district()
    results = ingest_feed(district, feed, dt.date.fromisoformat(as_of), access_of(district.feed(feed)))
    return {"files": len(results), "landed": sum(result.landed for result in results)}


def look_back() -> None:
    """Look for orphans among what has landed, and let logins have the roles that it says they hold."""
    district = load_district()
    find_orphans(district, landed_as_of())
    sync_logins(district)


def tell() -> str | None:
    """Write the page of the night; returns where it lies, None where nothing was ever tried."""
    path = write_page()
    return None if path is None else str(path)
