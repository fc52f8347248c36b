"""What a source hands to the landing: files on this machine, in the order in which they land."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from include.sources.files.layout import Layout

# How far a feed was read, as its source counts: a change version, a time, a value of a cursor column.
Cursor = Mapping[str, str | int]


@dataclass(frozen=True)
class Delivery:
    """One file of a feed.

    path: where it lies; the reader may put it into a temporary folder. name: what audit and quarantine call
    it. mode: `snapshot` where the file holds every current row, `delta` where only what is new, changed or
    deleted. layout: how it is written. cursor: where the next night's reading begins, kept with the load in
    one transaction; None where the source has no such thing. is_counted: whether the source itself said how many
    rows there are, and the file has as many: only then may a snapshot be empty. is_answer: whether the file was made by
    asking, and not found: one that had its name may have held something else. overtaken_by: the file of the feed
    that has landed although it is later; this one may then be accounted for, if it landed too, but not land.
    """

    path: Path
    name: str
    mode: Literal["snapshot", "delta"]
    layout: Layout = field(default_factory=Layout)
    cursor: Cursor | None = None
    is_counted: bool = False
    is_answer: bool = False
    overtaken_by: str | None = None
