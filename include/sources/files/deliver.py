"""The files of a feed, where they lie."""

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from include.districts import FileFeed
from include.districts.pattern import compile_pattern
from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.files.layout import Layout
from include.sources.files.stores import Store, Stored, opened_store

log = logging.getLogger(__name__)

# Whoever is writing at this moment shows it within the first; who wrote before the second has stopped.
LOOK_AGAIN_SECONDS = 0.1
YOUNG = dt.timedelta(seconds=10)
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".lock")


def deliver_files(feed: FileFeed, access: Access | None, cursor: Cursor | None, folder: Path) -> Iterator[Delivery]:
    """Every file that matches the feed's pattern, by the date in its name, else by name.

    A file that is still being written is left for the next time, and so are those after it, for files land in their
    order. Remote files are fetched one at a time, and only those that the cursor does not know: it holds a
    fingerprint of name, size and time of each file landed before that is still there. Where nothing is new the last
    one is fetched nevertheless, so that every night has its account and the hash decides.
    Raises SchoolhouseError where a required feed has no file, or its place cannot be reached.
    """
    with opened_store(feed.folder, access) as store:
        files = _settled(feed, store)
        if feed.newest_only:
            files = files[-1:]
        if not store.is_remote:
            for stored in files:
                yield Delivery(store.fetched(stored, folder), stored.name, feed.mode, layout_of(feed))
            return
        yield from _fetched(feed, store, files, cursor, folder)


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
    seen = [print_ for print_ in map(_fingerprint, files) if print_ in known]
    fresh = [stored for stored in files if _fingerprint(stored) not in known]
    for stored in fresh or files[-1:]:
        path = store.fetched(stored, folder)
        seen.append(_fingerprint(stored))
        landed = {"seen": " ".join(dict.fromkeys(seen))}
        yield Delivery(path, stored.name, feed.mode, layout_of(feed), cursor=landed)
        path.unlink(missing_ok=True)


def _fingerprint(stored: Stored) -> str:
    return hashlib.sha256(f"{stored.name}\n{stored.size}\n{stored.state}".encode()).hexdigest()[:16]


def _settled(feed: FileFeed, store: Store) -> list[Stored]:
    """The feed's files in order, up to the first that may still be growing."""
    try:
        files = _matching(feed, store)
        now = dt.datetime.now(dt.UTC)
        looked = files
        # Another machine's clock says nothing about age.
        if any(not stored.is_whole and (store.is_remote or _age(stored, now) < YOUNG) for stored in files):
            time.sleep(LOOK_AGAIN_SECONDS)
            looked = _matching(feed, store)
    except SchoolhouseError as error:
        raise SchoolhouseError(f"Feed {feed.name}: {error}") from error
    again = {stored.name: stored for stored in looked}
    waits = dt.timedelta(seconds=feed.settle_seconds)
    for count, stored in enumerate(files):
        if again.get(stored.name) != stored or _age(stored, now) < waits:
            log.warning(
                "%s: %s is still being written; it and %s after it are left for the next time",
                feed.name, stored.name, len(files) - count - 1,
            )  # fmt: skip
            if count == 0 and feed.is_required:
                raise SchoolhouseError(
                    f"Feed {feed.name}: {stored.name} in {store.place} is still being written, and there is nothing "
                    "before it. It is read next time."
                )
            return files[:count]
    if not files and feed.is_required:
        raise SchoolhouseError(
            f"Feed {feed.name}: no file in {store.place} matches {feed.files!r}. If the feed may be missing, "
            "say `required: false` in district.yml."
        )
    return files


def _age(stored: Stored, now: dt.datetime) -> dt.timedelta:
    return dt.timedelta.max if stored.changed_at is None else now - stored.changed_at


def _matching(feed: FileFeed, store: Store) -> list[Stored]:
    pattern = compile_pattern(feed.files)
    dated = []
    for stored in store.listed(pattern.glob):
        last = PurePosixPath(stored.name).name
        if last.startswith((".", "~$")) or last.lower().endswith(UNFINISHED):
            continue
        date = pattern.date_of(stored.name)
        if date is None:
            log.warning("%s: %s has no date where %s wants one, so it is not read", feed.name, stored.name, feed.files)
        else:
            dated.append((date, stored.name, stored))
    return [stored for _, _, stored in sorted(dated, key=lambda entry: entry[:2])]
