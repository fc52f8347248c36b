"""An Ed-Fi resource as files: every row the first time, then what changed since, deletions first."""

import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import httpx

from include.districts import EdfiFeed
from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.edfi.keys import deletion, key_names
from include.sources.edfi.ods import Ods, open_ods
from include.sources.edfi.resource import Record, Resource, Window
from include.sources.edfi.seen import Seen
from include.sources.files.read import Layout
from include.sources.http import Refused

log = logging.getLogger(__name__)

VERSION = "change_version"
# How often to begin anew, and how often to go after rows that moved, before saying that the source cannot be read.
READINGS = 4
CHASES = 5
GONE = (("deletes", "keyValues"), ("keyChanges", "oldKeyValues"))


class _NeedsEveryRow(Exception):
    """What changed cannot be said by the changes alone. The text says why."""


def deliver_edfi(feed: EdfiFeed, access: Access | None, cursor: Cursor | None, folder: Path) -> Iterator[Delivery]:
    """The one file that brings the landed rows up to the ODS's newest change version, in `folder`.

    A snapshot of every row where there is no cursor, where the ODS offers no change queries or has been replaced by
    one with older versions, and where something changed that the changes alone do not tell; else a delta, empty
    where nothing changed. Raises SchoolhouseError where the rows received cannot be made to agree with the counts
    of the API.
    """
    if access is None:
        raise SchoolhouseError(f"Feed {feed.name} names no connection: an ODS/API is reached by one.")
    with open_ods(access) as ods, Seen(folder / "seen.sqlite") as seen, (folder / "rows.jsonl").open("wb") as out:
        reading = _Reading(feed, ods, Resource(ods.api, feed.path, feed.page_size, feed.parameters), out, seen)
        newest = ods.newest_change_version()
        window = _window_since(feed, cursor, newest)
        is_delta = window is not None and reading.writes_changes(window)
        if not is_delta:
            reading.write_rows(Window(None, newest))
    since = f"{cursor[VERSION]}-" if cursor is not None and is_delta else ""
    yield Delivery(
        path=folder / "rows.jsonl",
        name=f"{feed.path}.jsonl" if newest is None else f"{feed.path}@{since}{newest}.jsonl",
        mode="delta" if is_delta else "snapshot",
        layout=Layout(columns=_columns(feed, reading.has_rows), each=feed.each),
        cursor=None if newest is None else {VERSION: newest},
        is_counted=True,
        is_answer=True,
    )


def _window_since(feed: EdfiFeed, cursor: Cursor | None, newest: int | None) -> Window | None:
    """What is new since the cursor; None where there is nothing to compare with."""
    if newest is None or cursor is None or VERSION not in cursor:
        return None
    known = int(cursor[VERSION])
    if newest < known:
        log.warning(
            "%s: the newest change version is %s, and %s was read before: the ODS was restored or replaced, "
            "so every row is read again", feed.name, newest, known,
        )  # fmt: skip
        return None
    return Window(known + 1, newest)


def _columns(feed: EdfiFeed, has_rows: bool) -> tuple[str, ...]:
    """Names that the file has in any case; without a row nothing else tells which name a renamed column has."""
    renamed = [cell.from_[0] for cell in feed.columns.values() if isinstance(cell.from_, tuple)]
    return (*feed.json_columns(), *([] if has_rows else renamed))


@dataclass
class _Reading:
    """One feed on its way into `out`, one record a line. seen: ids of the rows that were received."""

    feed: EdfiFeed
    ods: Ods
    resource: Resource
    out: IO[bytes]
    seen: Seen
    has_rows: bool = False

    def writes_changes(self, window: Window) -> bool:
        """Write what changed in the window. False where that takes every row; then nothing is written."""
        if window.high is not None and window.low is not None and window.high < window.low:
            return True
        try:
            if not self.feed.is_kept_by_changes:
                self._expect_nothing(window)
                return True
            for name, member in GONE:
                self._write_all_gone(name, member, window)
            self._copy(self.resource, window, self._write_row, lambda: self._catch_up(window, is_snapshot=False))
        except _NeedsEveryRow as reason:
            log.info("%s: %s, so every row is read", self.feed.name, reason)
            self.out.seek(0)
            self.out.truncate()
            self.has_rows = False
            return False
        return True

    def write_rows(self, window: Window) -> None:
        """Write every row: up to the window's end, and those that changed meanwhile as they are now."""
        catch_up = None if window.high is None else lambda: self._catch_up(window, is_snapshot=True)
        self._copy(self.resource, window, self._write_row, catch_up)

    def _expect_nothing(self, window: Window) -> None:
        """Raise where anything changed at all, of a feed whose changes do not say enough."""
        for place in (self.resource, *(self.resource.below(name) for name, _ in GONE)):
            with _changes_to_be_had():
                if place.count(window):
                    raise _NeedsEveryRow("something changed, and of this feed the changes alone do not tell what")

    def _copy(
        self,
        resource: Resource,
        window: Window,
        write: Callable[[Record], None],
        catch_up: Callable[[], bool] | None = None,
    ) -> None:
        """Write each row of the window once.

        catch_up: whether rows that left the window on the way explain a difference from the API's own counts.
        Raises SchoolhouseError where the counts and the rows disagree time and again.
        """
        start = self.out.tell()
        for _ in range(READINGS):
            self.out.seek(start)
            self.out.truncate()
            self.seen.clear()
            before, pages = resource.read(window)
            for page in pages:
                for record in page:
                    if self.seen.add(_identity(record)):
                        write(record)
            after = resource.count(window)
            if before == after == len(self.seen) or (catch_up is not None and catch_up()):
                return
            log.warning(
                "%s: %s rows of %s, which counts %s and then %s: once more",
                self.feed.name, len(self.seen), resource.path, before, after,
            )  # fmt: skip
        raise SchoolhouseError(
            f"Feed {self.feed.name}: {resource.path} counts {before:,} rows, then {after:,}, and gave "
            f"{len(self.seen):,} different ones, the last time of {READINGS}. Try again when less is written to the "
            "ODS; if that does not help, ask the source why its total count and its rows disagree."
        )

    def _catch_up(self, window: Window, is_snapshot: bool) -> bool:
        """Whether what changed or was deleted since the window's end accounts for every row.

        Rows with a newer version than the window's are read until, together with the window's and without the
        deleted, they are as many as the API counts. A snapshot takes them in, or they would seem to have
        disappeared; to a delta they come the next time.
        """
        assert window.high is not None
        for _ in range(CHASES):
            newest = self.ods.newest_change_version()
            if newest is None or newest <= window.high:
                return False
            since = Window(window.high + 1, newest)
            for page in self.resource.read(since)[1]:
                for record in page:
                    if self.seen.add(_identity(record)) and is_snapshot:
                        self._write_row(record)
            # Where deletions are not told, those of the last minutes cannot explain anything.
            with contextlib.suppress(_NeedsEveryRow), _changes_to_be_had():
                for page in self.resource.below("deletes").read(since)[1]:
                    for record in page:
                        self.seen.discard(_identity(record))
            if self.resource.count(Window(window.low, newest)) == len(self.seen) and self._stands_still(newest):
                return True
        return False

    def _stands_still(self, version: int) -> bool:
        """Whether nothing has a newer version: what had left by now would hide that another row is missing."""
        since = Window(version + 1)
        if self.resource.count(since):
            return False
        with contextlib.suppress(_NeedsEveryRow), _changes_to_be_had():
            return self.resource.below("deletes").count(since) == 0
        return True

    def _write_row(self, record: Record) -> None:
        self.out.write(record.text.encode() + b"\n")
        self.has_rows = True

    def _write_all_gone(self, name: str, member: str, window: Window) -> None:
        with _changes_to_be_had():
            self._copy(self.resource.below(name), window, lambda gone: self._write_gone(gone, member))

    def _write_gone(self, gone: Record, member: str) -> None:
        """Write the deletion of a key, and after it the rows that still stand for what has landed under it.

        Raises _NeedsEveryRow where the key does not say which row that is.
        """
        values: dict[str, Any] = gone.value.get(member) or {}
        named = key_names(self.feed, values)
        if named is None:
            given = ", ".join(values) or "no key values, as before ODS/API 6.1"
            raise _NeedsEveryRow(f"/{'deletes' if member == 'keyValues' else 'keyChanges'} gives {given}")
        self.out.write(json.dumps(deletion(named, values), ensure_ascii=False).encode() + b"\n")
        if set(named.values()) < set(values):
            # A natural key is finer than the landed one: the attendance of another session stands for the same day.
            shared = {name: values[name] for name in named.values()}
            for page in self.resource.where(shared).read(Window())[1]:
                for record in page:
                    self._write_row(record)


@contextmanager
def _changes_to_be_had() -> Iterator[None]:
    """Raises _NeedsEveryRow where the ODS does not tell what was deleted: it is too old, or we may not know."""
    try:
        yield
    except Refused as refused:
        if refused.status in (httpx.codes.NOT_FOUND, httpx.codes.FORBIDDEN):
            raise _NeedsEveryRow(f"its changes are not to be had ({refused})") from refused
        raise


def _identity(record: Record) -> str:
    """A row's id, which a deletion shares; a key change may be told several times of one id."""
    if "newKeyValues" in record.value:
        return record.text
    if not record.value.get("id"):
        raise SchoolhouseError(f"A row has no `id`, by which Ed-Fi tells its rows apart: {record.text[:200]}")
    return str(record.value["id"])
