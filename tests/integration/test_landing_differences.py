"""A night that is landed by what it does not share with the last one ends as if every row had been landed.

Means: the same tables, quarantine and counts, whatever the files hold. Matters: only the long way looks at every row.
How to fix: find the seed's first night that differs, and what include/landing/load.py takes for unchanged there.
"""

import datetime as dt
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.districts import FileFeed
from include.errors import SchoolhouseError
from include.landing import load
from include.landing.load import LoadResult, load_file
from include.sources import deliveries

FIRST = dt.date(2026, 3, 2)
NIGHTS = 7
# Of dirty rows, those whose key cannot be read: one of them, and the next night takes the long way.
UNREADABLE = 0.05
HEADER = "Student,School,Date,Code,Posted,Note\n"
COLUMNS = {
    "student_id": "Student",
    "school_id": "School",
    "code": "Code",
    "on_date": {"from": "Date", "date": "MM/DD/YYYY"},
    "posted_on": {"from": "Posted", "date": "MM/DD/YYYY"},
}
DIRT = ["not a date", "13/45/2026", ""]
STRAY_QUOTE = '"09/0"4/2025"'


def feed_of(folder: Path, **more: Any) -> FileFeed:
    return FileFeed.model_validate(
        {
            "name": "made.attendance", "source": "made", "folder": str(folder), "files": "*.csv",
            "contract": "sis.attendance_event", "columns": COLUMNS, "max_disappearing_share": 1, **more,
        }
    )  # fmt: skip


def record(rng: random.Random, student: int) -> list[str]:
    return [
        f"S{student:03}", f"{student % 3:04}", f"09/{rng.randint(1, 4):02}/2025", rng.choice(["AU", "AE", "HD"]),
        f"09/{rng.randint(5, 9):02}/2025", rng.choice(["", "x", "two\nlines", 'a "word"', "tab\there", "back\\slash"]),
    ]  # fmt: skip


def written(cells: list[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' if set(cell) & set('\n",') else cell for cell in cells) + "\n"


def next_night(rng: random.Random, records: list[list[str]], dirt: float) -> list[list[str]]:
    """Some rows changed, dropped, added, repeated, moved, damaged and mended."""
    changed = []
    for cells in records:
        chance = rng.random()
        if chance < 0.03:
            continue
        if chance < 0.08:
            changed.append([*cells[:3], rng.choice(["AU", "AE", "HD", "OSS"]), *cells[4:]])
        elif chance < 0.08 + dirt:
            place = 2 if rng.random() < UNREADABLE else 4
            changed.append([*cells[:place], rng.choice(DIRT), *cells[place + 1 :]])
        elif chance < 0.08 + 2 * dirt:
            changed += [cells, list(cells)] if rng.random() < 0.5 else [cells, [*cells[:3], "TD", *cells[4:]]]
        elif chance < 0.08 + 3 * dirt:
            posted = "mended" if rng.random() > UNREADABLE else STRAY_QUOTE
            changed.append([*cells[:4], posted, *cells[5:]])
        else:
            changed.append(cells)
    changed += [record(rng, rng.randint(0, 300)) for _ in range(rng.randint(0, 4))]
    if rng.random() < 0.3:
        rng.shuffle(changed)
    return changed


TABLES = {
    "rows": """select student_id, school_id, on_date, code, posted_on, _extra::text, _load_id - first.id, _line,
        _known_on, _superseded_on, _key from landing.sis_attendance_event,
        (select min(load_id) as id from ops.load) first""",
    "quarantine": """select load_id - (select min(load_id) from ops.load), line, column_name, value, reason, raw::text
        from ops.quarantine""",
    "loads": """select load_id - (select min(load_id) from ops.load), rows_read, landed, unchanged, quarantined, closed,
        filtered, recheck_lines::text, partitions::text from ops.load""",
}


def nights(engine: Engine, folder: Path, files: list[str], **more: Any) -> tuple[list[LoadResult], dict[str, Any]]:
    """Land one file a night into an empty warehouse; what the loads said, and what the tables hold."""
    with engine.begin() as connection:
        connection.execute(text("truncate landing.sis_attendance_event, ops.quarantine, ops.load cascade"))
        connection.execute(text("truncate ops.source_file cascade"))
    results = []
    for night, content in enumerate(files):
        (folder / "attendance.csv").write_text(content, newline="")
        feed = feed_of(folder, **more)
        for delivery in deliveries(feed, None, None, folder):
            results.append(load_file(engine, feed, delivery, FIRST + dt.timedelta(days=night)))
    with engine.connect() as connection:
        held = {name: sorted(map(repr, connection.execute(text(query)).all())) for name, query in TABLES.items()}
    return results, held


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], list[bool]]:
    """Switch the short way on or off, and count the nights that took it."""
    original = load._land_what_differs

    def switch(is_on: bool) -> list[bool]:
        taken: list[bool] = []

        def told(one: Any) -> LoadResult | None:
            result = original(one) if is_on else None
            taken.append(result is not None)
            return result

        monkeypatch.setattr(load, "MANY", 1)
        monkeypatch.setattr(load, "_land_what_differs", told)
        return taken

    return switch


@pytest.mark.parametrize("dirt", [0, 0.01, 0.05])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"where": {"School": ["0000", "0001"]}},
        {"partition": "school_id"},
        {"deletes": {"Code": ["HD"]}},
    ],
    ids=["plain", "where", "partition", "deletes"],
)
def test_both_ways_end_alike(
    warehouse: Engine, tmp_path: Path, counted: Callable[[bool], list[bool]], dirt: float, more: dict[str, Any]
) -> None:
    rng = random.Random(f"{dirt} {more}")
    records = [record(rng, student) for student in range(100)]
    files = []
    for _ in range(NIGHTS):
        files.append(HEADER + "".join(map(written, records)))
        records = next_night(rng, records, dirt)
    counted(False)
    expected = nights(warehouse, tmp_path, files, **more)
    taken = counted(True)
    assert nights(warehouse, tmp_path, files, **more) == expected
    # New rows that repeat an old one, and rows that are nobody's, ask for the long way.
    assert any(taken) or dirt


def test_a_snapshot_without_rows_is_refused_on_the_short_way_too(
    warehouse: Engine, tmp_path: Path, counted: Callable[[bool], list[bool]]
) -> None:
    taken = counted(True)
    one = HEADER + "S1,0001,09/01/2025,AU,09/05/2025,\n"
    with pytest.raises(SchoolhouseError, match="without rows"):
        nights(warehouse, tmp_path, [one, one + "S2,0001,09/01/2025,AU,09/05/2025,\n", HEADER])
    assert taken == [False, True, False]
