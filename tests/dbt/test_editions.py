"""Marts as of an earlier day stand beside today's; a submission comes out to the same bytes again."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, text
from tiny_district import AS_OF, SUBMITTED, land, note_load

from include.commands.marts import build_marts
from include.errors import SchoolhouseError
from include.submissions import freeze, rebuild
from include.transform import build

EARLIER = AS_OF - dt.timedelta(days=14)
TABLE = "msr_chronic_absence"
OTHER = "msr_attendance_rate"


def rows(engine: Engine, statement: str) -> list[tuple]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def landed(engine: Engine, as_of: dt.date) -> None:
    """Say that a day has landed, of which nothing was new."""
    with engine.begin() as connection:
        note_load(connection, "sis.attendance_event", as_of, dt.datetime(2026, 1, 1, tzinfo=dt.UTC), 0)


def test_a_submission_outlives_what_became_known_later(
    tiny: Engine, tmp_path: Path, build_only: Callable[..., None]
) -> None:
    build_only(TABLE, OTHER)
    build(EARLIER)
    landed(tiny, AS_OF)
    current = rows(tiny, f"select * from marts.{TABLE} order by 1")
    with pytest.raises(SchoolhouseError, match=f"freeze as of {AS_OF - dt.timedelta(days=1)} or earlier"):
        freeze("early", [TABLE], AS_OF, tmp_path)
    with pytest.raises(SchoolhouseError, match=r"No mart is called msr_chronic_absense\. There are: .*msr_chronic"):
        freeze("early", ["msr_chronic_absense"], EARLIER, tmp_path)
    with pytest.raises(SchoolhouseError, match="cannot name a submission"):
        freeze("Early bird", [TABLE], EARLIER, tmp_path)

    frozen, other = freeze("early", [TABLE, OTHER], EARLIER, tmp_path / "first")
    written = list(csv.reader(frozen.path.read_text().splitlines()))[1:]
    assert frozen.rows == len(written) > 0
    # What the edition holds is what a build of its day holds.
    assert sorted(line[0] for line in written) == [row[0] for row in current]
    assert {tuple(line[6:10]) for line in written} == {
        tuple("" if cell is None else str(cell) for cell in row[6:10]) for row in current
    }
    with pytest.raises(SchoolhouseError, match="There is a submission 'early' already"):
        freeze("early", [TABLE], EARLIER, tmp_path / "first")

    # A correction of an early day that came in after the day of the submission, and a hash that is not the file's.
    correction = {"student_id": "full", "school_id": "A", "on_date": SUBMITTED[0], "code": "AU"}
    land(tiny, "sis.attendance_event", [correction], known_on=EARLIER + dt.timedelta(days=1))
    with tiny.begin() as connection:
        connection.execute(
            text(f"update ops.submission set tables = jsonb_set(tables, '{{{OTHER},sha256}}', '\"another\"')")
        )
    made = {one.table: one for one in rebuild("early", tmp_path / "second")}
    again, changed = made[TABLE], made[OTHER]
    assert again.is_same and again.path.read_bytes() == frozen.path.read_bytes()
    assert not changed.is_same and changed.sha256 == other.sha256
    assert rows(tiny, f"select * from marts.{TABLE} order by 1") == current, "the current marts were touched"
    left = rows(tiny, "select nspname from pg_namespace where nspname like 'marts%' order by 1")
    assert left == [("marts",)], "an edition was left behind"
    with pytest.raises(SchoolhouseError, match=r"no submission 'late'\. There are: early"):
        rebuild("late", tmp_path)

    # The command builds the same beside today's marts, without the correction that came in later.
    printed = io.StringIO()
    build_marts(EARLIER, [TABLE], is_full=False, console=Console(file=printed, width=200))
    schema = f"marts_{EARLIER:%Y%m%d}"
    assert f"as of {EARLIER}" in printed.getvalue() and schema in printed.getvalue()
    assert rows(tiny, f"select * from {schema}.{TABLE} order by 1") == current
    with pytest.raises(SchoolhouseError, match=f"Nothing has landed as of {AS_OF + dt.timedelta(days=1)}"):
        build_marts(AS_OF + dt.timedelta(days=1), [], is_full=False, console=Console(file=printed))
