"""OneRoster from zips: the newest that holds everything, and what changed since, in the order of their dates."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from include.districts import OneRosterFeed
from include.districts.pattern import compile_pattern
from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.delivery import Cursor, Delivery
from include.sources.files.read import Layout
from include.sources.files.settled import settled
from include.sources.files.stores import Store, Stored, opened_store
from include.sources.oneroster.manifest import held

STAMP = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])"
    r"(?:[T _-]?([01]\d|2[0-3])[-:.]?([0-5]\d)(?:[-:.]?([0-5]\d))?)?"
)

Place = tuple[str, str, str]


@dataclass(frozen=True)
class Part:
    """One zip's share of a feed. stamp: digits of the last date, and time, in its name; empty where it has none."""

    stamp: str
    kind: str
    stored: Stored
    path: Path
    member: str

    @property
    def place(self) -> Place:
        """Where it stands among the others: by date, of one date the whole before the changes, then by name."""
        return self.stamp, self.kind, self.stored.name

    @property
    def is_whole(self) -> bool:
        return self.kind == "bulk"


def deliver_zips(feed: OneRosterFeed, access: Access | None, cursor: Cursor | None, folder: Path) -> Iterator[Delivery]:
    """The newest zip that holds all of the resource, and every later one that holds changes.

    What is older than that whole is in it, or was taken back. A zip that comes late, after a later one has landed,
    is handed on as overtaken. One that is still being written is left for the next time, with those of its date and
    after it. Of a remote folder only zips that the cursor does not know are fetched, into `folder`; where none of them
    is for the feed, the last one that landed is once more, so that every night has its account.
    Raises SchoolhouseError where a required feed has none, or where the names do not say which of the zips are later.
    """
    reached, whole = _place(cursor), str((cursor or {}).get("whole", ""))
    with opened_store(str(feed.folder), access) as store:
        is_remote = store.is_remote
        files = settled(feed, store, _stamp)
        known = set(str((cursor or {}).get("seen", "")).split()) if is_remote else set()
        parts = _parts(feed, store, [each for each in files if each.fingerprint not in known], whole, folder)
        if not parts:
            parts = _parts(feed, store, [each for each in files if each.name == reached[2]], "", folder)
    if not parts and feed.is_required and cursor is None:
        raise SchoolhouseError(
            f"Feed {feed.name}: every zip in {feed.folder} that matches {feed.files!r} says that {feed.resource} is "
            "absent. If the feed may be missing, say `required: false` in district.yml."
        )
    # What is not for the feed, or older than a whole, is known from now on without having landed.
    seen = {each.fingerprint for each in files} - {part.stored.fingerprint for part in parts}
    for part in parts:
        # A whole file without a date is replaced where it lies, so it is new when its bytes are.
        is_replaced = part.is_whole and not part.stamp
        overtaken_by = reached[2] if part.place < reached and not is_replaced else None
        reached = max(reached, part.place)
        whole = max(whole, part.stamp) if part.is_whole else whole
        seen.add(part.stored.fingerprint)
        landed = dict(zip(("stamp", "kind", "name"), reached, strict=True))
        if is_remote:
            landed |= {"whole": whole, "seen": " ".join(sorted(seen))}
        yield Delivery(
            part.path,
            part.stored.name,
            "snapshot" if part.is_whole else "delta",
            Layout(member=part.member),
            landed,
            overtaken_by=overtaken_by,
        )
        if is_remote:
            part.path.unlink(missing_ok=True)


def _stamp(date: dt.date, name: str) -> str:
    """Digits of the date that the pattern finds in the name, else of the last one there."""
    if date != dt.date.min:
        return f"{date:%Y%m%d}"
    dates = STAMP.findall(name)
    return "".join(dates[-1]) if dates else ""


def _place(cursor: Cursor | None) -> Place:
    """Place of the last zip that landed, the lowest where none has."""
    if cursor is None:
        return "", "", ""
    return str(cursor["stamp"]), str(cursor["kind"]), str(cursor["name"])


def _parts(feed: OneRosterFeed, store: Store, files: list[Stored], whole: str, folder: Path) -> list[Part]:
    """What the zips hold of the feed, in order, from the newest whole on.

    whole: date of one that has landed. From the newest zip on back, so that of a remote folder none is fetched that
    is older than a whole; of those without a date only their manifest says.
    """
    pattern = compile_pattern(str(feed.files))
    parts = []
    for number, stored in enumerate(reversed(files)):
        stamp = _stamp(pattern.date_of(stored.name) or dt.date.min, stored.name)
        if stamp and stamp < whole:
            continue
        into = folder / f"zip {number}" if store.is_remote else folder
        into.mkdir(exist_ok=True)
        path = store.fetched(stored, into)
        found = held(path, feed.resource)
        if found is not None:
            parts.append(Part(stamp, found.kind, stored, path, found.member))
            whole = max(whole, stamp) if parts[-1].is_whole else whole
        elif store.is_remote:
            path.unlink()
    parts.sort(key=lambda part: part.place)
    wholes = [number for number, part in enumerate(parts) if part.is_whole]
    if wholes and parts[wholes[-1]].stamp and not parts[0].stamp:
        raise SchoolhouseError(
            f"Feed {feed.name}: {parts[0].stored.name} has no date in its name and {parts[wholes[-1]].stored.name} has "
            "one, so nothing says which is later: move one of them, or narrow `files` in district.yml."
        )
    return parts[wholes[-1] if wholes else 0 :]
