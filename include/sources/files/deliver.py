"""The files of a feed, where they lie."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from include.districts import FileFeed
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.files.layout import Layout
from include.sources.files.settled import settled
from include.sources.files.stores import Store, Stored, opened_store


def deliver_files(feed: FileFeed, access: Access | None, cursor: Cursor | None, folder: Path) -> Iterator[Delivery]:
    """Every file that matches the feed's pattern, by the date in its name, else by name.

    A file that is still being written is left for the next time, and so are those after it, for files land in their
    order. Remote files are fetched one at a time, and only those that the cursor does not know: it holds a
    fingerprint of name, size and time of each file landed before that is still there. Where nothing is new the last
    one is fetched nevertheless, so that every night has its account and the hash decides.
    Raises SchoolhouseError where a required feed has no file, or its place cannot be reached.
    """
    with opened_store(feed.folder, access) as store:
        files = settled(feed, store, _place)
        if feed.newest_only:
            files = files[-1:]
        if not store.is_remote:
            for stored in files:
                yield Delivery(store.fetched(stored, folder), stored.name, feed.mode, layout_of(feed))
            return
        yield from _fetched(feed, store, files, cursor, folder)


def _place(date: dt.date, name: str) -> tuple[dt.date, str]:
    return date, name


def layout_of(feed: FileFeed) -> Layout:
    """How the feed's files are written."""
    return Layout(
        encoding=feed.encoding,
        delimiter=feed.delimiter,
        member=feed.member,
        sheet=feed.sheet,
        columns=feed.json_columns(),
        each=feed.each,
        quote=feed.quote,
        escape=feed.escape,
        doubled_quotes=feed.doubled_quotes,
        comment=feed.comment,
        skip_lines=feed.skip_lines,
        header=feed.header,
        widths=feed.widths,
        trimmed=feed.trimmed,
    )


def _fetched(
    feed: FileFeed, store: Store, files: list[Stored], cursor: Cursor | None, folder: Path
) -> Iterator[Delivery]:
    known = set(str((cursor or {}).get("seen", "")).split())
    seen = [print_ for print_ in (stored.fingerprint for stored in files) if print_ in known]
    fresh = [stored for stored in files if stored.fingerprint not in known]
    for stored in fresh or files[-1:]:
        path = store.fetched(stored, folder)
        seen.append(stored.fingerprint)
        landed = {"seen": " ".join(dict.fromkeys(seen))}
        yield Delivery(path, stored.name, feed.mode, layout_of(feed), cursor=landed)
        path.unlink(missing_ok=True)
