"""The generated district as a whole: same seed, same bytes; every file is counted and has a feed.

Nothing in the tests about it asks the generator for a figure: every one is worked out from the written files.
"""

import datetime as dt
import os
import re
import time
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml

from include.demo.generate import generate
from include.districts import FileFeed, load_district
from include.errors import SchoolhouseError
from include.settings import ROOT
from tests.unit.demo_files import AS_OF, SEED, STUDENTS, YEARS, checksums, read, roster, text_of


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the clock nor the time zone may leave a trace in a zip, a gzip or a workbook."""
    generate(tmp_path / "one", 300, 3, 11, AS_OF)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    time.sleep(1.1)
    generate(tmp_path / "two", 300, 3, 11, AS_OF)
    monkeypatch.undo()
    time.tzset()
    one, two = checksums(tmp_path / "one"), checksums(tmp_path / "two")
    assert len(one) > 30
    assert one == two
    generate(tmp_path / "three", 300, 3, 12, AS_OF)
    changed = {name for name, value in checksums(tmp_path / "three").items() if one.get(name) != value}
    assert "sis/attendance_2024-25.csv.gz" in changed


def test_a_rerun_replaces_what_was_there(tmp_path: Path) -> None:
    """A folder with more years in it than are wanted ends up as if it had been empty."""
    generate(tmp_path / "used", 300, 4, 11, AS_OF)
    (tmp_path / "used" / "notes.txt").write_text("mine")
    generate(tmp_path / "used", 300, 3, 11, AS_OF)
    generate(tmp_path / "new", 300, 3, 11, AS_OF)
    used = checksums(tmp_path / "used")
    assert used.pop("notes.txt")
    assert used == checksums(tmp_path / "new")


def test_a_later_day_only_adds(folder: Path, tmp_path: Path) -> None:
    """A week later: years that are over stay as they are; this year's exceptions gain rows, and few are corrected."""
    generate(tmp_path, STUDENTS, YEARS, SEED, AS_OF + dt.timedelta(days=7), dirt=False)
    before, after = checksums(folder), checksums(tmp_path)
    for name in before:
        if "2022-23" in name or "2023-24" in name or "state_" in name or "FY2024" in name:
            assert before[name] == after[name], name
    now = read(folder / "sis" / "attendance_2025-26.csv.gz")
    then = read(tmp_path / "sis" / "attendance_2025-26.csv.gz")
    both = now.merge(then, on=["Student Number", "School", "Att Date"], suffixes=("", " then"))
    assert len(now) == len(both) < len(then)
    corrected = both[(both["Att Code"] != both["Att Code then"]) | (both["Posted"] != both["Posted then"])]
    assert len(corrected) < 0.01 * len(now)
    assert (pd.to_datetime(corrected["Posted then"], format="%m/%d/%Y") > pd.Timestamp(AS_OF)).all()
    rosters = roster(folder), roster(tmp_path)
    for name in ("demographics.csv", "classes.csv"):
        one, two = (tables[name] for tables in rosters)
        assert len(one.merge(two, how="inner")) == len(one), name
    seated, later = (set(tables["enrollments.csv"]["sourcedId"]) for tables in rosters)
    assert seated < later


def test_too_small_or_too_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchoolhouseError, match="smallest district has 300"):
        generate(tmp_path, 299, 4, 7, AS_OF)
    with pytest.raises(SchoolhouseError, match="give 2 or more"):
        generate(tmp_path, 300, 1, 7, AS_OF)
    assert not any(tmp_path.iterdir())


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    generate(tmp_path, 300, 2, 7, AS_OF, told.append)
    assert told[0] == "300 students over 2 school years"
    assert len(told) >= 4


def test_nothing_in_the_files_comes_from_after_the_day(folder: Path) -> None:
    """Posting dates end with the day; no spell ends after it."""
    posted = {
        "sis/attendance_2025-26.csv.gz": (",", "Posted", "%m/%d/%Y"),
        "sis/submissions_2025-26.txt": ("|", "SUBMITTED", "%Y%m%d"),
        "sis/grades_2025-26.txt": ("\t", "Stored", "%m/%d/%Y"),
        "sis/maple_2025-26.csv": (",", "LoadedOn", "%m/%d/%Y"),
        "sis/discipline.csv": (",", "Posted", "%m/%d/%Y"),
        "sis/entry_exit.csv": (",", "Exit Date", "%m/%d/%Y"),
        "hr/assignments.csv": (",", "End Date", "%m/%d/%Y"),
        "hr/applications.csv": (",", "Applied", "%Y-%m-%d"),
        "finance/ledger_FY2026.csv": (",", "Post Date", "%m/%d/%Y"),
    }
    for name, (delimiter, column, style) in posted.items():
        days = pd.to_datetime(read(folder / name, delimiter)[column].replace("", None), format=style)
        assert days.max() <= pd.Timestamp(AS_OF), name
        # Staff seldom leave before the summer; everything else happens every few weeks.
        recent = pd.Timedelta(days=200 if name.startswith("hr/") else 75)
        assert days.max() >= pd.Timestamp(AS_OF) - recent, name
    late = read(folder / "sis" / "attendance_2024-25.csv.gz")
    lag = pd.to_datetime(late["Posted"]) - pd.to_datetime(late["Att Date"])
    assert (lag.dt.days >= 1).all()
    assert 0.8 <= (lag.dt.days == 1).mean() <= 0.95
    assert lag.dt.days.max() >= 20


def test_names_and_marks_of_the_formats(folder: Path) -> None:
    """A Latin-1 file that is not UTF-8, a byte-order mark, a gzip, a workbook, thousands separators."""
    staff = (folder / "hr" / "staff.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        staff.decode("utf-8")
    assert (folder / "programs" / "participation.txt").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (folder / "sis" / "attendance_2022-23.csv.gz").read_bytes()[4:8] == b"\0\0\0\0"
    book = openpyxl.load_workbook(folder / "hr" / "positions.xlsx", read_only=True)
    assert book.sheetnames == ["Positions"]
    assert re.search(r'"\d{1,3},\d{3}\.\d{2}"', text_of(folder / "finance" / "budget.csv"))


def test_truth_counts_every_row(folder: Path, truth: dict) -> None:
    """Rows of a file are its lines without the header; feeds from the zip count the rows they take."""
    for feed, known in truth["feeds"].items():
        assert known["rows"] == sum(known["files"].values()), feed
        assert known["refused"] == 0, feed
        for file, rows in known["files"].items():
            if file.endswith((".csv", ".txt", ".gz")) and "!" not in file:
                assert len(text_of(folder / file).splitlines()) - 1 == rows, file
    listed = set(truth["files"]) | {"truth.json"}
    assert listed == {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_districts_yaml_fits_the_files(folder: Path, truth: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every feed that truth.json counts is configured, and every column that the YAML names is in the file."""
    path = ROOT / "include" / "districts" / "lakeside"
    monkeypatch.setenv("SCHOOLHOUSE_STATE", os.fspath(folder))
    district = load_district(path)
    # What people decide at the desk comes from the warehouse itself.
    feeds = [feed for feed in district.feeds if feed.source != "desk"]
    assert {feed.name for feed in feeds} == set(truth["feeds"])
    given = yaml.safe_load((path / "district.yml").read_text(encoding="utf-8"))
    assert given["generate"] == {"students": 14500, "years": 5, "seed": 7, "dirt": True}
    tables = roster(folder)
    for feed in feeds:
        assert isinstance(feed, FileFeed)
        files = sorted((folder / feed.source).glob(feed.files))
        assert files, feed.name
        for file in files:
            if feed.member:
                header = list(tables[feed.member].columns)
            elif file.suffix == ".xlsx":
                header = list(pd.read_excel(file, nrows=0).columns)
            else:
                header = text_of(file).splitlines()[0].split(feed.delimiter)
            named = {source for cell in feed.columns.values() for source in cell.in_file(header).sources()}
            assert named | set(feed.where) | set(feed.drop) <= set(header), feed.name
