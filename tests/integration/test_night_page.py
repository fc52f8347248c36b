"""The page of the night and `status`, by nights that were worked out by hand."""

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Engine, text

from include.commands.land import land
from include.commands.services import show_status
from include.districts import load_district
from include.errors import SchoolhouseError
from include.night import Night, gather, page_path, write_page
from include.settings import settings
from tests.integration.small_district import SCHOOL, SmallDistrict, small_district

MONDAYS = [dt.date(2026, 2, 2) + dt.timedelta(weeks=week) for week in range(5)]
EVENTS: dict[str, Any] = {
    "contract": "sis.attendance_event",
    "files": "absences_*.csv",
    "mode": "delta",
    "columns": {"student_id": "student", "school_id": "school", "on_date": "day", "code": "code"},
}


@pytest.fixture
def district(warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallDistrict:
    """Schools, sent whole every night, and absences, sent as they happen; reports in a folder of the test's own."""
    made = small_district(tmp_path, monkeypatch)
    made.say(school=SCHOOL, absence=EVENTS)
    return made


def schools(many: int, more: str = "", *last: str) -> str:
    lines = [f"{n},S{n},E{',' if more else ''}\n" for n in range(many)]
    return f"id,name,level{more}\n" + "".join(lines) + "".join(last)


def absences(day: dt.date, many: int) -> str:
    return "student,school,day,code\n" + "".join(f"Quill{n},A,{day},AU\n" for n in range(many))


def bring(as_of: dt.date) -> None:
    land([], as_of, False, [], Console(quiet=True))


def night_of(engine: Engine, as_of: dt.date) -> Night:
    with engine.connect() as connection:
        return gather(connection, load_district(), as_of)


def five_mondays(district: SmallDistrict) -> None:
    """Whole files of 30, 31, 33, 32 and 34 schools; after the history of 50, absences of 4, 6, 5 and 40 rows."""
    for day, many, absent in zip(MONDAYS, (30, 31, 33, 32, 34), (50, 4, 6, 5, 40), strict=True):
        district.write("schools.csv", schools(many))
        district.write(f"absences_{day:%Y%m%d}.csv", absences(day, absent))
        bring(day)


def test_volumes_are_those_of_the_same_weekday(district: SmallDistrict, warehouse: Engine) -> None:
    five_mondays(district)
    school, absence = night_of(warehouse, MONDAYS[-1]).feeds
    assert (school.rows_read, school.landed, school.unchanged, school.closed) == (34, 2, 32, 0)
    # Median of 30, 31, 33 and 32 is 31.5; 34 is more than any of them.
    assert (school.volume, school.usual, school.low, school.high, school.compared) == (34, 31.5, 30, 33, 4)
    assert school.is_unusual and not school.is_late
    # Of a delta the history does not count, nor the files that were there before: 4, 6 and 5.
    assert (absence.files, absence.volume, absence.usual, absence.low, absence.high) == (5, 40, 5, 4, 6)
    assert [rows for _, rows in absence.nights] == [4, 6, 5, 40]


def test_a_second_run_of_the_night_changes_no_count(district: SmallDistrict, warehouse: Engine) -> None:
    five_mondays(district)
    before = night_of(warehouse, MONDAYS[-1]).feeds
    bring(MONDAYS[-1])
    for feed, again in zip(before, night_of(warehouse, MONDAYS[-1]).feeds, strict=True):
        for count in ("rows_read", "landed", "unchanged", "quarantined", "closed", "volume", "nights"):
            assert getattr(again, count) == getattr(feed, count), (feed.feed, count)


def test_another_weekday_is_not_compared(district: SmallDistrict, warehouse: Engine) -> None:
    five_mondays(district)
    tuesday = MONDAYS[-1] + dt.timedelta(days=1)
    district.write("schools.csv", schools(60))
    bring(tuesday)
    school = night_of(warehouse, tuesday).feeds[0]
    assert (school.volume, school.usual, school.is_unusual) == (60, None, False)


def test_the_page_says_what_is_late_missing_changed_and_refused_and_no_value(
    district: SmallDistrict, warehouse: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thursday: a column came and one went, two rows are refused, the absences' folder is empty since Monday."""
    monday, thursday = MONDAYS[0], MONDAYS[0] + dt.timedelta(days=3)
    district.write("schools.csv", schools(30, ",phone"))
    district.write("absences_1.csv", absences(monday, 3))
    bring(monday)
    (district.folder / "absences_1.csv").unlink()
    district.write("schools.csv", schools(30, ",town", "77,Quillon,Q,\n", "78,,E,\n"))
    with pytest.raises(SchoolhouseError, match=r"1 of 2 feeds did not land: sis\.absence"):
        bring(thursday)
    path = page_path(thursday)
    assert path == settings().reports / "night-2026-02-05.html" and path.parent.name == tmp_path.name
    page = path.read_text(encoding="utf-8")
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Not in: sis.absence" in plain and "matches" in plain and "absences_*.csv" in plain
    assert "Late: sis.absence" in plain and "3 / 1" in plain
    assert "Columns to look at: sis.school" in plain and "town phone town" in plain
    assert "2 rows wait in quarantine" in plain and "is a code without a meaning" in plain and "is missing" in plain
    assert "Quill" not in page, "a name or a number of a person is on the page"
    assert page.count("<svg") == 1 and "Thu 2026-02-05: 32 rows" in page
    show_status(thursday)
    shown = capsys.readouterr().out
    assert re.search(r"sis\.absence +2026-02-02 +3 d .*late, due every 1 d", shown)
    assert "not in sis.absence" in shown and "columns new sis.school: town" in shown
    assert "columns gone sis.school: phone" in shown and str(path) in shown
    assert re.search(r"sis\.school +2026-02-05 +0 d +32 .* 2 ", shown)


def test_orphans_are_counted_without_their_values(district: SmallDistrict, warehouse: Engine) -> None:
    district.write("schools.csv", schools(1))
    district.write("absences_1.csv", absences(MONDAYS[0], 1))
    bring(MONDAYS[0])
    with warehouse.begin() as connection:
        connection.execute(text("delete from ops.orphan"))
        connection.execute(
            text(
                "insert into ops.orphan (contract, column_name, value, parent, rows, first_seen_on) values"
                " ('sis.attendance_event', 'student_id', 'Quill1', 'sis.student.student_id', 3, '2026-02-02'),"
                " ('sis.attendance_event', 'student_id', 'Quill2', 'sis.student.student_id', 4, '2026-02-01')"
            )
        )
    path = write_page()
    assert path is not None
    page = path.read_text(encoding="utf-8")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page.partition("has not landed</h2>")[2])
    assert cells == ["sis.attendance_event", "student_id", "sis.student.student_id", "2", "7", "2026-02-01"]
    assert "Quill" not in page


def test_before_the_first_night_there_is_no_page(district: SmallDistrict, warehouse: Engine) -> None:
    assert write_page() is None
    assert not settings().reports.exists()
