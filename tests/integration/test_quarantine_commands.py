"""`quarantine`: what waits, and what a second try makes of it, by hand-worked rows."""

import datetime as dt
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Engine

from include.commands.land import land
from include.commands.quarantine import list_reasons, replay_rows, show_rows
from include.districts import load_district
from include.errors import SchoolhouseError
from include.landing.quarantine import Replay, replay
from include.settings import ROOT
from include.warehouse.engine import warehouse_engine
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

HEADER = "id,name,level\n"
RIGHT_SCHOOL: dict[str, Any] = {
    **SCHOOL,
    "columns": {
        **SCHOOL["columns"],
        "level": {"from": "level", "codes": {"E": "elementary", "M": "middle", "H": "high"}},
    },
}
LEDGER: dict[str, Any] = {
    "contract": "finance.ledger_line",
    "files": "ledger_*.csv",
    "partition": "fiscal_year",
    "columns": {
        "fiscal_year": "year",
        "fund": "fund",
        "entry_kind": {"from": "kind", "codes": {"A": "actual"}},
        "amount": "amount",
        "posted_on": "date",
    },
}
RIGHT_LEDGER: dict[str, Any] = {
    **LEDGER,
    "columns": {**LEDGER["columns"], "entry_kind": {"from": "kind", "codes": {"A": "actual", "B": "actual"}}},
}


@pytest.fixture
def district(warehouse: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallDistrict:
    """A folder, an empty warehouse and the commands, all about one another."""
    return small_district(tmp_path, monkeypatch)


def bring(as_of: dt.date) -> None:
    """Land every feed of the district."""
    land([], as_of, False, [], Console(quiet=True))


def tried(feed: str = "sis.school", as_of: dt.date = WEDNESDAY) -> tuple[int, ...]:
    """Landed, unchanged, superseded, left out, refused, damaged of a replay in which nothing is contested."""
    with warehouse_engine().begin() as connection:
        done = replay(connection, load_district().feed(feed), as_of)
    assert (done.tried, done.contested) == (sum(numbers(done)) - done.damaged, 0)
    return numbers(done)


def numbers(done: Replay) -> tuple[int, ...]:
    return done.landed, done.unchanged, done.superseded, done.left_out, done.refused, done.damaged


def test_a_corrected_code_brings_what_waited(
    district: SmallDistrict, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """H becomes known: 2 rows land, Z stays refused, the row with a cell too many cannot be tried."""
    district.say(school={**SCHOOL, "mode": "delta"})
    district.write("schools.csv", HEADER + "1,Ash,E\n2,Birch,H\n3,Cedar,Z\n4,Dogwood,H\n5,Elm,E,x\n")
    bring(MONDAY)
    list_reasons(None)
    shown = capsys.readouterr().out
    assert "sis.school" in shown and "is a code without a meaning" in shown and "the whole row" in shown
    assert "2026-03-02" in shown and "Birch" not in shown
    district.say(school={**RIGHT_SCHOOL, "mode": "delta"})
    bring_nothing = everything(warehouse)
    show_rows("sis.school", None, 20)
    shown = capsys.readouterr().out
    assert "schools.csv, line 3" in shown and "'H' is a code without a meaning" in shown and '"name": "Birch"' in shown
    assert everything(warehouse) == bring_nothing
    replay_rows("sis.school", WEDNESDAY)
    said = capsys.readouterr().out
    assert "3 rows tried, 2 landed, 0 already so, 0 superseded" in said and "1 still refused" in said
    assert "1 rows were refused as a whole" in said
    landed = "select school_id, level, _known_on, _load_id, _line from landing.sis_school order by 1"
    load_id = rows(warehouse, "select load_id from ops.load")[0][0]
    assert rows(warehouse, landed) == [
        ("1", "elementary", dt.date(1900, 1, 1), load_id, 2),
        ("2", "high", WEDNESDAY, load_id, 3),
        ("4", "high", WEDNESDAY, load_id, 5),
    ]
    resolved = "select line, resolved_on, resolution from ops.quarantine order by line"
    assert rows(warehouse, resolved) == [
        (3, WEDNESDAY, "landed"),
        (4, None, None),
        (5, WEDNESDAY, "landed"),
        (6, None, None),
    ]
    # The next build makes everything anew: what landed may have been known long before.
    assert rows(warehouse, "select as_of, fingerprint from ops.dbt_start") == [(WEDNESDAY, "replay")]
    # Again: nothing that was resolved is tried, nothing changes.
    before = everything(warehouse)
    assert tried() == (0, 0, 0, 0, 1, 1)
    assert everything(warehouse) == before


def test_a_replay_of_the_first_day_is_dated_as_the_load_was(district: SmallDistrict, warehouse: Engine) -> None:
    """On a feed's first day history says when a row became known; from the second on it is the replay's day."""
    district.say(school=SCHOOL)
    district.write("schools.csv", HEADER + "1,Ash,E\n2,Birch,H\n")
    bring(MONDAY)
    district.say(school=RIGHT_SCHOOL)
    assert tried(as_of=MONDAY) == (1, 0, 0, 0, 0, 0)
    assert rows(warehouse, "select distinct _known_on from landing.sis_school") == [(dt.date(1900, 1, 1),)]


def test_what_is_known_better_is_not_overwritten(district: SmallDistrict, warehouse: Engine) -> None:
    """Of Monday's refused rows 2 was said anew on Tuesday, 3 was deleted, 4 is as before, and 5 is news."""
    given = {**SCHOOL, "mode": "delta", "files": "schools_*.csv", "deletes": {"name": ["gone"]}}
    district.say(school=given)
    district.write("schools_0.csv", HEADER + "3,Cedar,E\n4,Dogwood,E\n")
    bring(MONDAY)
    district.say(
        school={**given, "columns": {**SCHOOL["columns"], "level": {"from": "level", "codes": {"M": "middle"}}}}
    )
    district.write("schools_1.csv", HEADER + "2,Birch,E\n3,Cedar,E\n4,Dogwood,E\n5,Elm,E\n")
    (district.folder / "schools_0.csv").unlink()
    bring(TUESDAY)
    district.write("schools_2.csv", HEADER + "2,Beech,M\n3,gone,M\n")
    bring(WEDNESDAY)
    assert rows(warehouse, "select count(*) from ops.quarantine where resolved_on is null") == [(4,)]
    district.say(school=given)
    assert tried(as_of=dt.date(2026, 3, 5)) == (1, 1, 2, 0, 0, 0)
    current = "select school_id, name, _known_on from landing.sis_school where _superseded_on is null order by 1"
    assert rows(warehouse, current) == [
        ("2", "Beech", WEDNESDAY),
        ("4", "Dogwood", dt.date(1900, 1, 1)),
        ("5", "Elm", dt.date(2026, 3, 5)),
    ]
    resolutions = "select raw ->> 'id', resolution from ops.quarantine order by 1"
    assert rows(warehouse, resolutions) == [
        ("2", "superseded"),
        ("3", "superseded"),
        ("4", "unchanged"),
        ("5", "landed"),
    ]


def test_of_two_refused_rows_the_later_files_lands(district: SmallDistrict, warehouse: Engine) -> None:
    given = {**SCHOOL, "mode": "delta", "files": "schools_*.csv"}
    district.say(school=given)
    district.write("schools_1.csv", HEADER + "1,Ash,E\n2,Birch,H\n")
    bring(MONDAY)
    district.write("schools_2.csv", HEADER + "2,Beech,H\n")
    bring(TUESDAY)
    district.say(school={**RIGHT_SCHOOL, "mode": "delta", "files": "schools_*.csv"})
    assert tried() == (1, 0, 1, 0, 0, 0)
    assert rows(warehouse, "select name, _known_on, _superseded_on from landing.sis_school where school_id = '2'") == [
        ("Beech", WEDNESDAY, None)
    ]


def test_a_row_that_contradicts_one_that_landed_stays(district: SmallDistrict, warehouse: Engine) -> None:
    """Line 2 and 3 have one key: the later landed, and nobody can know whether the other was meant."""
    district.say(school={**SCHOOL, "mode": "delta"})
    district.write("schools.csv", HEADER + "1,Ash,E\n1,Alder,E\n2,Birch,H\n2,Beech,M\n")
    bring(MONDAY)
    district.say(school={**RIGHT_SCHOOL, "mode": "delta"})
    with warehouse_engine().begin() as connection:
        done = replay(connection, load_district().feed("sis.school"), WEDNESDAY)
    assert (done.tried, done.contested, done.landed) == (2, 2, 0)
    assert rows(warehouse, "select count(*) from ops.quarantine where resolved_on is null") == [(2,)]
    current = "select school_id, name from landing.sis_school where _superseded_on is null order by 1"
    assert rows(warehouse, current) == [("1", "Alder"), ("2", "Beech")]


def test_a_newer_load_of_the_same_file_leaves_nothing_of_the_old_one_open(
    district: SmallDistrict, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    district.say(school=SCHOOL)
    district.write("schools.csv", HEADER + "1,Ash,E\n2,Birch,H\n")
    bring(MONDAY)
    district.write("schools.csv", HEADER + "1,Ash,E\n2,Birch,M\n")
    bring(TUESDAY)
    list_reasons(None)
    assert "Nothing waits in quarantine." in capsys.readouterr().out
    assert tried() == (0, 0, 0, 0, 0, 0)
    # By its number the old load can still be looked at.
    show_rows(None, rows(warehouse, "select min(load_id) from ops.load")[0][0], 5)
    assert '"name": "Birch"' in capsys.readouterr().out


def test_a_later_snapshot_under_another_name_has_said_everything_anew(
    district: SmallDistrict, warehouse: Engine
) -> None:
    """School 2 was refused on Monday and is not in Tuesday's whole file: it must not come back."""
    district.say(school={**SCHOOL, "files": "schools_*.csv"})
    district.write("schools_1.csv", HEADER + "1,Ash,E\n2,Birch,H\n")
    bring(MONDAY)
    (district.folder / "schools_1.csv").unlink()
    district.write("schools_2.csv", HEADER + "1,Ash,E\n")
    bring(TUESDAY)
    district.say(school={**RIGHT_SCHOOL, "files": "schools_*.csv"})
    assert tried() == (0, 0, 1, 0, 0, 0)
    assert rows(warehouse, "select school_id from landing.sis_school") == [("1",)]


def test_a_ledgers_replayed_line_is_one_more_copy(district: SmallDistrict, warehouse: Engine) -> None:
    """Two copies of a line landed; two that say the same with another code waited: then there are four."""
    header, line = "year,fund,kind,amount,date\n", "2026,01,{},5.00,2026-02-01\n"
    district.say(ledger=LEDGER)
    district.write("ledger_2026.csv", header + line.format("A") * 2 + line.format("B") * 2 + line.format("C"))
    bring(MONDAY)
    district.say(ledger=RIGHT_LEDGER)
    assert tried("sis.ledger") == (2, 0, 0, 0, 1, 0)
    total = (
        "select count(*), count(distinct _key), sum(amount) from landing.finance_ledger_line "
        "where _superseded_on is null"
    )
    assert rows(warehouse, total) == [(4, 4, Decimal("20.00"))]
    # The night after, the same file under today's mapping: every copy is known, none comes twice.
    bring(dt.date(2026, 3, 5))
    assert rows(warehouse, total) == [(4, 4, Decimal("20.00"))]
    assert rows(warehouse, "select landed, unchanged, closed from ops.load order by load_id desc limit 1") == [
        (0, 4, 0)
    ]


def test_a_ledger_that_came_again_under_another_name_counts_once(district: SmallDistrict, warehouse: Engine) -> None:
    """Both nights' files hold the refused line, the second corrected to 6.00: only that one lands."""
    header, line = "year,fund,kind,amount,date\n", "{},01,{},{}.00,2026-02-01\n"
    district.say(ledger=LEDGER)
    district.write("ledger_a.csv", header + line.format(2026, "A", 1) + line.format(2026, "B", 5))
    district.write("ledger_b.csv", header + line.format(2025, "A", 1) + line.format(2025, "B", 9))
    bring(MONDAY)
    (district.folder / "ledger_a.csv").unlink()
    district.write("ledger_c.csv", header + line.format(2026, "A", 1) + line.format(2026, "B", 6))
    bring(TUESDAY)
    district.say(ledger=RIGHT_LEDGER)
    assert tried("sis.ledger") == (2, 0, 1, 0, 0, 0)
    amounts = "select fiscal_year, amount from landing.finance_ledger_line where _superseded_on is null order by 1, 2"
    assert rows(warehouse, amounts) == [
        (2025, Decimal("1.00")),
        (2025, Decimal("9.00")),
        (2026, Decimal("1.00")),
        (2026, Decimal("6.00")),
    ]


@pytest.mark.parametrize("amounts", [[1], [1, 2]])
def test_a_line_that_a_later_file_of_its_partition_left_out_stays_out(
    district: SmallDistrict, warehouse: Engine, amounts: list[int]
) -> None:
    """Tuesday's file of 2026 is whole and without it, whether or not it brings anything new; of 2025 there is none."""
    header, line = "year,fund,kind,amount,date\n", "{},01,{},{}.00,2026-02-01\n"
    district.say(ledger=LEDGER)
    district.write("ledger_a.csv", header + line.format(2026, "A", 1) + line.format(2026, "B", 5))
    district.write("ledger_b.csv", header + line.format(2025, "A", 1) + line.format(2025, "B", 9))
    bring(MONDAY)
    (district.folder / "ledger_a.csv").unlink()
    district.write("ledger_c.csv", header + "".join(line.format(2026, "A", amount) for amount in amounts))
    bring(TUESDAY)
    district.say(ledger=RIGHT_LEDGER)
    assert tried("sis.ledger") == (1, 0, 1, 0, 0, 0)
    assert rows(warehouse, "select raw ->> 'amount', resolution from ops.quarantine order by 1") == [
        ("5.00", "superseded"), ("9.00", "landed"),
    ]  # fmt: skip


def test_a_whole_file_of_nothing_but_refused_rows_has_left_out_nothing(
    district: SmallDistrict, warehouse: Engine
) -> None:
    """It ended nothing when it came, for nobody could read what it was about."""
    header, line = "year,fund,kind,amount,date\n", "{},01,{},{}.00,2026-02-01\n"
    district.say(ledger=LEDGER)
    district.write("ledger_a.csv", header + line.format(2026, "A", 1) + line.format(2026, "B", 5))
    bring(MONDAY)
    district.write("ledger_c.csv", header + line.format(2025, "A", 1) + line.format("x26", "A", 1))
    bring(TUESDAY)
    district.say(ledger=RIGHT_LEDGER)
    assert tried("sis.ledger") == (1, 0, 0, 0, 1, 0)


def test_changes_that_waited_when_everything_came_are_superseded(district: SmallDistrict, warehouse: Engine) -> None:
    """Monday's changes named school 2 with an unknown level; Tuesday's whole has no school 2, so it is not there."""

    def pack(day: int, kind: str, lines: str) -> None:
        with zipfile.ZipFile(district.folder / f"r_2026-03-{day:02}.zip", "w") as archive:
            archive.writestr("manifest.csv", f"propertyName,value\noneroster.version,1.2\nfile.orgs,{kind}\n")
            archive.writestr("orgs.csv", "id,name,level,status\n" + lines)

    zips = {"protocol": "oneroster", "resource": "orgs", "files": "*.zip"}
    district.say(zips, school={"contract": "sis.school", "columns": SCHOOL["columns"]})
    pack(1, "bulk", "1,Ash,E,\n")
    pack(2, "delta", "2,Birch,H,active\n3,Cedar,H,active\n")
    bring(MONDAY)
    pack(3, "bulk", "1,Ash,E,\n3,Cedar,H,\n")
    bring(TUESDAY)
    district.say(zips, school={"contract": "sis.school", "columns": RIGHT_SCHOOL["columns"]})
    # Of school 3 the newest word lands, and of both what was said before it is settled.
    assert tried() == (1, 0, 2, 0, 0, 0)
    current = "select school_id from landing.sis_school where _superseded_on is null order by 1"
    assert rows(warehouse, current) == [("1",), ("3",)]


def test_the_long_rows_of_a_wide_one_stand_or_fall_together(district: SmallDistrict, warehouse: Engine) -> None:
    """Both shares of school 1 are of an unreadable year; of school 2 one share stays too large."""
    given: dict[str, Any] = {
        "contract": "state.student_race_share",
        "files": "race.csv",
        "columns": {"school_id": "org", "school_year": "year"},
        "unpivot": {"names": "race_group", "values": "share", "columns": {"W": "white", "H": "hispanic"}},
    }
    right = {
        **given,
        "columns": {"school_id": "org", "school_year": {"from": "year", "match": r"^FY(\d+)$", "to": r"\1"}},
    }
    district.say(race=given)
    district.write("race.csv", "org,year,W,H\n1,FY2026,0.5,0.25\n2,FY2026,0.5,7\n")
    bring(MONDAY)
    assert rows(warehouse, "select count(*) from ops.quarantine") == [(4,)]
    district.say(race=right)
    assert tried("sis.race") == (2, 0, 0, 0, 2, 0)
    assert rows(warehouse, "select school_id, race_group, share from landing.state_student_race_share order by 2") == [
        ("1", "hispanic", Decimal("0.250000")),
        ("1", "white", Decimal("0.500000")),
    ]


def test_a_mapping_that_does_not_fit_an_old_file_is_said(
    district: SmallDistrict, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    district.say(school={**SCHOOL, "mode": "delta"})
    district.write("schools.csv", HEADER + "2,Birch,H\n")
    bring(MONDAY)
    columns = {**RIGHT_SCHOOL["columns"], "town": "town"}
    district.say(school={**RIGHT_SCHOOL, "mode": "delta", "columns": columns})
    replay_rows("sis.school", TUESDAY)
    said = capsys.readouterr().out
    assert "not tried schools.csv: Feed sis.school: the file has no column 'town'" in said
    assert "1 still refused" in said
    assert rows(warehouse, "select resolved_on from ops.quarantine") == [(None,)]


def test_a_row_that_the_feed_no_longer_wants_is_left_out(district: SmallDistrict, warehouse: Engine) -> None:
    district.say(school={**SCHOOL, "mode": "delta"})
    district.write("schools.csv", HEADER + "1,Ash,E\n2,Annex,H\n")
    bring(MONDAY)
    district.say(school={**SCHOOL, "mode": "delta", "where": {"level": ["E", "M"]}})
    assert tried() == (0, 0, 0, 1, 0, 0)
    assert rows(warehouse, "select resolution from ops.quarantine") == [("left out",)]


def test_a_replay_goes_forward_only(district: SmallDistrict, warehouse: Engine) -> None:
    district.say(school=SCHOOL)
    district.write("schools.csv", HEADER + "2,Birch,H\n")
    bring(TUESDAY)
    before = everything(warehouse)
    with pytest.raises(SchoolhouseError, match="was last loaded as of 2026-03-03"):
        replay_rows("sis.school", MONDAY)
    with pytest.raises(SchoolhouseError, match=r"no feed 'sis\.x'"):
        replay_rows("sis.x", TUESDAY)
    assert everything(warehouse) == before


def test_the_verbs_are_on_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "include.cli", "quarantine", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert all(f" {verb} " in done.stdout for verb in ("list", "show", "replay"))
