"""The files of a feed that are there and written to their end."""

import datetime as dt
import logging
import time
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from include.districts import FileFeed, OneRosterFeed
from include.districts.pattern import compile_pattern
from include.errors import SchoolhouseError
from include.sources.files.stores import Store, Stored

log = logging.getLogger(__name__)

# Whoever is writing at this moment shows it within the first; who wrote before the second has stopped.
LOOK_AGAIN_SECONDS = 0.1
YOUNG = dt.timedelta(seconds=10)
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".lock")

# Where a file stands among the others, by the date and the text of its name.
Place = Callable[[dt.date, str], Any]


def settled(feed: FileFeed | OneRosterFeed, store: Store, place: Place) -> list[Stored]:
    """The feed's files in the order of their places, up to the first that may still be growing.

    That one is left for the next time with all that do not stand before it, for files land in their order.
    Raises SchoolhouseError where the folder cannot be listed, or a required feed has no file to be read.
    """
    try:
        files = _matching(feed, store, place)
        now = dt.datetime.now(dt.UTC)
        looked = files
        # Another machine's clock says nothing about age.
        if any(not stored.is_whole and (store.is_remote or _age(stored, now) < YOUNG) for _, stored in files):
            time.sleep(LOOK_AGAIN_SECONDS)
            looked = _matching(feed, store, place)
    except SchoolhouseError as error:
        raise SchoolhouseError(f"Feed {feed.name}: {error}") from error
    again = {stored.name: stored for _, stored in looked}
    waits = dt.timedelta(seconds=feed.settle_seconds)
    for at, stored in files:
        if again.get(stored.name) != stored or _age(stored, now) < waits:
            before = [earlier for place_of_it, earlier in files if place_of_it < at]
            log.warning(
                "%s: %s is still being written; it and %s after it are left for the next time",
                feed.name, stored.name, len(files) - len(before) - 1,
            )  # fmt: skip
            if not before and feed.is_required:
                raise SchoolhouseError(
                    f"Feed {feed.name}: {stored.name} in {store.place} is still being written, and there is nothing "
                    "before it. It is read next time."
                )
            return before
    if not files and feed.is_required:
        raise SchoolhouseError(
            f"Feed {feed.name}: no file in {store.place} matches {feed.files!r}. If the feed may be missing, "
            "say `required: false` in district.yml."
        )
    return [stored for _, stored in files]


def _age(stored: Stored, now: dt.datetime) -> dt.timedelta:
    return dt.timedelta.max if stored.changed_at is None else now - stored.changed_at


def _matching(feed: FileFeed | OneRosterFeed, store: Store, place: Place) -> list[tuple[Any, Stored]]:
    pattern = compile_pattern(str(feed.files))
    placed = []
    for stored in store.listed(pattern.glob):
        last = PurePosixPath(stored.name).name
        if last.startswith((".", "~$")) or last.lower().endswith(UNFINISHED):
            continue
        date = pattern.date_of(stored.name)
        if date is None:
            log.warning("%s: %s has no date where %s wants one, so it is not read", feed.name, stored.name, feed.files)
        else:
            placed.append((place(date, stored.name), stored))
    return sorted(placed, key=lambda entry: (entry[0], entry[1].name))
