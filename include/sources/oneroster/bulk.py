"""OneRoster from zips: the newest that holds everything, and what changed since, in the order of their dates."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from include.districts import OneRosterFeed
from include.errors import SchoolhouseError
from include.sources.delivery import Cursor, Delivery
from include.sources.files.read import Layout
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
    name: str
    path: Path
    member: str

    @property
    def place(self) -> Place:
        """Where it stands among the others: by date, of one date the whole before the changes, then by name."""
        return self.stamp, self.kind, self.name


def deliver_zips(feed: OneRosterFeed, cursor: Cursor | None) -> Iterator[Delivery]:
    """The newest zip that holds all of the resource, and every later one that holds changes.

    What is older than that whole is in it, or was taken back. A zip that comes late, after a later one has landed,
    is handed on as overtaken. Raises SchoolhouseError where a required feed has none, or where the names do not
    say which of the zips are later.
    """
    parts = sorted(_parts(feed), key=lambda part: part.place)
    if not parts and feed.is_required and cursor is None:
        raise SchoolhouseError(
            f"Feed {feed.name}: every zip in {feed.folder} that matches {feed.files!r} says that {feed.resource} is "
            "absent. If the feed may be missing, say `required: false` in district.yml."
        )
    wholes = [number for number, part in enumerate(parts) if part.kind == "bulk"]
    if wholes and parts[wholes[-1]].stamp and not parts[0].stamp:
        raise SchoolhouseError(
            f"Feed {feed.name}: {parts[0].name} has no date in its name and {parts[wholes[-1]].name} has one, so "
            "nothing says which is later: move one of them, or narrow `files` in district.yml."
        )
    reached = _place(cursor)
    for part in parts[wholes[-1] if wholes else 0 :]:
        # A whole file without a date is replaced where it lies, so it is new when its bytes are.
        is_replaced = part.kind == "bulk" and not part.stamp
        overtaken_by = reached[2] if part.place < reached and not is_replaced else None
        reached = max(reached, part.place)
        yield Delivery(
            part.path,
            part.name,
            "snapshot" if part.kind == "bulk" else "delta",
            Layout(member=part.member),
            dict(zip(("stamp", "kind", "name"), reached, strict=True)),
            overtaken_by=overtaken_by,
        )


def _place(cursor: Cursor | None) -> Place:
    """Place of the last zip that landed, the lowest where none has."""
    if cursor is None:
        return "", "", ""
    return str(cursor["stamp"]), str(cursor["kind"]), str(cursor["name"])


def _parts(feed: OneRosterFeed) -> Iterator[Part]:
    folder = Path(str(feed.folder))
    if "://" in str(feed.folder) or not folder.is_dir():
        raise SchoolhouseError(f"Feed {feed.name}: the folder {feed.folder} does not exist on this machine.")
    zips = [path for path in folder.glob(str(feed.files)) if path.is_file()]
    if not zips and feed.is_required:
        raise SchoolhouseError(
            f"Feed {feed.name}: no zip in {folder} matches {feed.files!r}. If the feed may be missing, "
            "say `required: false` in district.yml."
        )
    for path in zips:
        name = path.relative_to(folder).as_posix()
        found = held(path, feed.resource)
        if found is not None:
            dates = STAMP.findall(name)
            yield Part("".join(dates[-1]) if dates else "", found.kind, name, path, found.member)
