"""`land`: feeds from the command line, and what they would bring without bringing it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine

from include.commands.land import land
from include.districts import load_district
from include.errors import SchoolhouseError
from include.landing.rehearse import rehearse_feed
from include.settings import ROOT
from tests.integration.small_district import (
    MONDAY,
    SCHOOL,
    TUESDAY,
    WEDNESDAY,
    SmallDistrict,
    everything,
    rows,
    small_district,
)

# Line 4 has a level without a meaning, line 5 no name, line 6 a cell too many.
DIRTY = "id,name,level,phone\n1,Ash,E,5\n2,Birch,M,\n3,Cedar,X,\n4,,E,\n5,Elm,E,7,8\n6,Fir,X,\n"


@pytest.fixture
def district(warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallDistrict:
    """One feed of schools."""
    made = small_district(tmp_path, monkeypatch)
    made.say(school=SCHOOL)
    return made


def said(*names: str, as_of=MONDAY, dry: bool = False, accepted: tuple[str, ...] = ()) -> str:
    """What `land` prints."""
    console = Console(record=True, width=200, highlight=False)
    land(names, as_of, dry, accepted, console)
    return console.export_text()


def test_a_rehearsal_says_what_would_land_and_leaves_no_trace(district: SmallDistrict, warehouse: Engine) -> None:
    district.write("schools.csv", DIRTY)
    before = everything(warehouse)
    output = said(dry=True)
    assert everything(warehouse) == before, "the rehearsal wrote something"
    assert rows(warehouse, "select count(*) from ops.district") == [(0,)], "not even whose warehouse it is"
    counts = next(line for line in output.splitlines() if "schools.csv" in line)
    assert counts.split() == ["schools.csv", "6", "2", "0", "4", "0"]
    assert "2 refused  level: is a code without a meaning: add it to `codes` of level in district.yml" in output
    assert "schools.csv, line 4: X" in output and "schools.csv, line 7: X" in output
    assert "1 refused  name: is missing" in output
    assert "1 refused  the row has # columns where the header has #" in output
    assert "columns that nobody mapped, kept beside the row: phone" in output


def test_what_was_rehearsed_is_what_lands(district: SmallDistrict, warehouse: Engine) -> None:
    district.write("schools.csv", DIRTY)
    rehearsed = rehearse_feed(load_district(), "sis.school", MONDAY)
    output = said()
    assert "The marts are as they were" in output
    landed = rows(warehouse, "select rows_read, landed, unchanged, quarantined, closed from ops.load")
    (result,) = rehearsed.results
    assert landed == [(result.rows_read, result.landed, result.unchanged, result.quarantined, result.closed)]
    assert landed == [(6, 2, 0, 4, 0)]


def test_a_rehearsal_knows_the_night_before(district: SmallDistrict, warehouse: Engine) -> None:
    """Against Monday: 1 as it was, 2 changed, 3 gone, 4 new; the column `town` came and `phone` went."""
    district.write("schools.csv", "id,name,level,phone\n1,Ash,E,\n2,Birch,M,\n3,Cedar,M,\n")
    said()
    district.write("schools.csv", "id,name,level,town\n1,Ash,E,\n2,Beech,M,\n4,Dogwood,E,\n")
    before = everything(warehouse)
    rehearsed = rehearse_feed(load_district(), "sis.school", TUESDAY)
    assert everything(warehouse) == before
    (result,) = rehearsed.results
    assert (result.rows_read, result.landed, result.unchanged, result.closed) == (3, 2, 1, 1)
    assert (rehearsed.columns.new, rehearsed.columns.gone) == (("town",), ("phone",))
    assert rehearsed.columns.unmapped == ("town",)


def test_several_files_are_rehearsed_one_upon_the_other(district: SmallDistrict, warehouse: Engine) -> None:
    """The second file of a delta says again what the first said: 1 of its rows is unchanged."""
    district.say(school={**SCHOOL, "mode": "delta", "files": "schools_*.csv"})
    district.write("schools_1.csv", "id,name,level\n1,Ash,E\n2,Birch,M\n")
    district.write("schools_2.csv", "id,name,level\n1,Ash,E\n2,Beech,M\n")
    results = rehearse_feed(load_district(), "sis.school", MONDAY).results
    assert [(result.landed, result.unchanged) for result in results] == [(2, 0), (1, 1)]
    assert rows(warehouse, "select count(*) from ops.load") == [(0,)]


def test_a_feed_that_cannot_land_says_why_and_the_others_go_on(district: SmallDistrict, warehouse: Engine) -> None:
    district.say(missing={**SCHOOL, "files": "none.csv"}, school=SCHOOL)
    district.write("schools.csv", "id,name,level\n1,Ash,E\n")
    for is_rehearsal in (True, False):
        with pytest.raises(SchoolhouseError, match=r"1 of 2 feeds did not land: sis\.missing"):
            said(dry=is_rehearsal)
        assert rows(warehouse, "select feed from ops.feed_failure") == ([] if is_rehearsal else [("sis.missing",)])
        assert rows(warehouse, "select count(*) from landing.sis_school") == [(0 if is_rehearsal else 1,)]
    with pytest.raises(SchoolhouseError, match=r"no feed 'sis\.scool'"):
        said("sis.scool")


def test_a_drop_is_held_until_somebody_accepts_it_once(district: SmallDistrict, warehouse: Engine) -> None:
    def schools(many: int) -> str:
        return "id,name,level\n" + "".join(f"{n},S{n},E\n" for n in range(many))

    current = "select count(*) from landing.sis_school where _superseded_on is null"
    district.write("schools.csv", schools(100))
    said()
    district.write("schools.csv", schools(40))
    with pytest.raises(SchoolhouseError, match="1 of 1 feeds did not land"):
        said(as_of=TUESDAY)
    [(error,)] = rows(warehouse, "select error from ops.feed_failure")
    assert "lacks 60 of the 100 current rows" in error and "--accept-drop sis.school" in error
    assert rows(warehouse, current) == [(100,)]
    with pytest.raises(SchoolhouseError, match=r"no feed 'sis\.other'"):
        said("sis.school", accepted=("sis.other",))
    rehearsed = said("sis.school", as_of=TUESDAY, dry=True, accepted=("sis.school",))
    assert next(line.split() for line in rehearsed.splitlines() if "schools.csv" in line)[-1] == "60"
    assert rows(warehouse, current) == [(100,)]
    said("sis.school", as_of=TUESDAY, accepted=("sis.school",))
    assert rows(warehouse, current) == [(40,)]
    assert rows(warehouse, "select count(*) from ops.feed_failure") == [(0,)]
    # It was for that load only: the next drop is held again, and the mapping counts as the same.
    assert rows(warehouse, "select count(distinct mapping_md5) from ops.load") == [(1,)]
    district.write("schools.csv", schools(10))
    with pytest.raises(SchoolhouseError, match="did not land"):
        said(as_of=WEDNESDAY)


def test_the_command_line_rehearses_and_lands(district: SmallDistrict, warehouse: Engine) -> None:
    district.write("schools.csv", DIRTY)

    def command(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "include.cli", *arguments, "--as-of", "2026-03-02"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    code, output = command("land", "--dry-run", "--feed", "sis.school")
    assert code == 0, output
    assert "schools.csv, line 4: X" in output
    assert rows(warehouse, "select count(*) from ops.load") == [(0,)]
    code, output = command("land")
    assert code == 0, output
    assert rows(warehouse, "select landed, quarantined from ops.load") == [(2, 4)]
    code, output = command("land", "--feed", "sis.none")
    assert code == 1 and "no feed 'sis.none'" in output and "Traceback" not in output
