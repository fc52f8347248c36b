"""The generated district: same seed, same bytes; and the files hold what truth.json and the brief say.

Nothing here asks the generator for a figure: every one is worked out from the written files.
"""

import csv
import datetime as dt
import gzip
import hashlib
import io
import json
import os
import re
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import yaml

from include.demo.generate import generate
from include.districts.config import load_district
from include.errors import SchoolhouseError
from include.settings import ROOT

AS_OF = dt.date(2026, 3, 2)
STUDENTS = 1200
SHARE_ABSENT = {"AU": 1.0, "AE": 1.0, "OSS": 1.0, "HD": 0.5, "HE": 0.5, "TD": 0.0, "P": 0.0}
ONEROSTER = {
    "manifest.csv": "propertyName,value",
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions.csv": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear",
    "users.csv": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,"
    "preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
    "roles.csv": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,"
    "userProfileSourcedId",
    "demographics.csv": "sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,"
    "blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,"
    "hispanicOrLatinoEthnicity,countryOfBirthCode,stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus",
    "courses.csv": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,"
    "subjects,subjectCodes",
    "classes.csv": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
    "enrollments.csv": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district, written once."""
    out = tmp_path_factory.mktemp("demo")
    generate(out, STUDENTS, 4, 7, AS_OF)
    return out


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict:
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def checksums(out: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def text_of(path: Path) -> str:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode("latin-1" if path.name == "staff.csv" else "utf-8-sig")


def read(path: Path, delimiter: str = ",") -> pd.DataFrame:
    """Every cell as text; a row with too many cells is left out."""
    frame = pd.read_csv(
        io.StringIO(text_of(path)), sep=delimiter, dtype=str, keep_default_na=False, on_bad_lines="skip"
    )
    return frame[(frame != np.array(frame.columns)).any(axis=1)].reset_index(drop=True)


def roster(folder: Path) -> dict[str, pd.DataFrame]:
    with zipfile.ZipFile(folder / "sis" / "oneroster.zip") as archive:
        return {name: pd.read_csv(archive.open(name), dtype=str, keep_default_na=False) for name in archive.namelist()}


def dollars(column: pd.Series) -> pd.Series:
    """Amounts in cents, exactly; what is not an amount is left out."""
    plain = column.str.replace(",", "")
    sound = plain.str.fullmatch(r"-?\d+\.\d{2}")
    return plain.where(sound).dropna().str.replace(".", "").astype("int64")


def attendance_by_student(folder: Path, name: str) -> pd.DataFrame:
    """Enrolled and absent days by student, worked out from enrolment, submissions and exceptions."""
    spells = read(folder / "sis" / "entry_exit.csv")
    spells = spells[spells["School Year"] == name]
    spells["from"] = pd.to_datetime(spells["Entry Date"], format="%m/%d/%Y")
    until = pd.to_datetime(spells["Exit Date"].replace("", None), format="%m/%d/%Y")
    spells["until"] = until.fillna(pd.Timestamp(AS_OF))
    submitted = read(folder / "sis" / f"submissions_{name}.txt", "|")
    submitted["day"] = pd.to_datetime(submitted["ATT_DATE"], format="%Y%m%d")
    days = spells.merge(submitted, left_on="School Code", right_on="SCHOOL")
    days = days[(days["day"] >= days["from"]) & (days["day"] <= days["until"])]
    enrolled = days.drop_duplicates(["Student Number", "day"]).groupby("Student Number").size()
    events = read(folder / "sis" / f"attendance_{name}.csv.gz")
    events = events[(events["Student Number"] != "") & ~events["Att Date"].str.startswith("02/30")]
    absent = events["Att Code"].map(SHARE_ABSENT).groupby(events["Student Number"]).sum()
    return pd.DataFrame({"enrolled": enrolled, "absent": absent}).fillna({"absent": 0.0})


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
    """A week later: years that are over stay as they are, this year's exceptions gain rows and lose none."""
    generate(tmp_path, STUDENTS, 4, 7, AS_OF + dt.timedelta(days=7))
    before, after = checksums(folder), checksums(tmp_path)
    for name in before:
        if "2022-23" in name or "2023-24" in name or "state_" in name or "FY2024" in name:
            assert before[name] == after[name], name
    now = read(folder / "sis" / "attendance_2025-26.csv.gz")
    then = read(tmp_path / "sis" / "attendance_2025-26.csv.gz")
    gained = len(then) - len(now)
    assert gained > 0
    assert len(now.merge(then, how="inner").drop_duplicates()) == len(now)
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


def test_oneroster_has_the_standards_files_and_headers(folder: Path) -> None:
    """Extra columns are allowed after the standard's own, and only as metadata."""
    tables = roster(folder)
    assert set(tables) == set(ONEROSTER)
    for name, header in ONEROSTER.items():
        wanted, given = header.split(","), list(tables[name].columns)
        assert given[: len(wanted)] == wanted, name
        assert all(column.startswith("metadata.") for column in given[len(wanted) :]), name
    manifest = tables["manifest.csv"].set_index("propertyName")["value"]
    assert manifest["oneroster.version"] == "1.2"
    for name in set(ONEROSTER) - {"manifest.csv"}:
        assert manifest[f"file.{name.removesuffix('.csv')}"] == "bulk"
    assert (manifest[manifest.index.str.startswith("file.")].isin(["bulk", "absent"])).all()


def test_oneroster_references_point_at_rows_that_exist(folder: Path) -> None:
    tables = roster(folder)
    ids = {name: set(table["sourcedId"]) for name, table in tables.items() if name != "manifest.csv"}
    for name, table in tables.items():
        if name != "manifest.csv":
            assert table["sourcedId"].is_unique, name
            assert (table["sourcedId"] != "").all(), name
    references = [
        ("orgs.csv", "parentSourcedId", "orgs.csv"),
        ("academicSessions.csv", "parentSourcedId", "academicSessions.csv"),
        ("users.csv", "primaryOrgSourcedId", "orgs.csv"),
        ("roles.csv", "userSourcedId", "users.csv"),
        ("roles.csv", "orgSourcedId", "orgs.csv"),
        ("demographics.csv", "sourcedId", "users.csv"),
        ("courses.csv", "schoolYearSourcedId", "academicSessions.csv"),
        ("courses.csv", "orgSourcedId", "orgs.csv"),
        ("classes.csv", "courseSourcedId", "courses.csv"),
        ("classes.csv", "schoolSourcedId", "orgs.csv"),
        ("enrollments.csv", "classSourcedId", "classes.csv"),
        ("enrollments.csv", "schoolSourcedId", "orgs.csv"),
        ("enrollments.csv", "userSourcedId", "users.csv"),
    ]
    for name, column, other in references:
        assert set(tables[name][column]) - {""} <= ids[other], (name, column)
    terms = {term for value in tables["classes.csv"]["termSourcedIds"] for term in value.split(",")}
    assert terms <= ids["academicSessions.csv"]
    seats = tables["enrollments.csv"].groupby("classSourcedId")["role"].value_counts().unstack()
    assert seats["teacher"].eq(1).all()
    # A class may still wait for its first student.
    assert seats["student"].fillna(0).between(0, 25).all()
    assert seats["student"].notna().mean() > 0.97


def test_the_student_extracts_know_the_same_people_courses_and_terms(folder: Path) -> None:
    tables = roster(folder)
    students = set(tables["demographics.csv"]["sourcedId"])
    extracts = {
        "entry_exit.csv": ("Student Number", ","),
        "discipline.csv": ("Student", ","),
        "grades_2024-25.txt": ("Student", "\t"),
        "state_2025.csv": ("STUDENT_NUMBER", ","),
    }
    for name, (column, delimiter) in extracts.items():
        assert set(read(folder / "sis" / name, delimiter)[column]) <= students, name
    marks = read(folder / "sis" / "grades_2025-26.txt", "\t")
    assert set(marks["Course"]) <= set(tables["courses.csv"]["sourcedId"])
    assert set(marks["Term"]) <= set(tables["academicSessions.csv"]["sourcedId"])
    points = marks["Percent"].astype(float)
    assert ((points < 60) == (marks["Mark"] == "F")).all()


@pytest.mark.parametrize("name", ["2022-23", "2023-24", "2024-25"])
def test_attendance_has_plausible_rates(folder: Path, name: str) -> None:
    days = attendance_by_student(folder, name)
    rated = days[days["enrolled"] >= 10]
    chronic = (10 * rated["absent"] >= rated["enrolled"]).mean()
    assert 0.15 <= chronic <= 0.30
    assert 0.04 <= rated["absent"].sum() / rated["enrolled"].sum() <= 0.11
    assert 178 <= rated["enrolled"].max() <= 182


def test_absence_lasts(folder: Path) -> None:
    """A student's absence in one half of a year tells of the other half, and one year of the next."""
    events = read(folder / "sis" / "attendance_2023-24.csv.gz")
    month = events["Att Date"].str.slice(0, 2).astype(int)
    absent = events["Att Code"].map(SHARE_ABSENT)
    halves = absent.groupby([events["Student Number"], month >= 8]).sum().unstack(fill_value=0)
    assert 0.35 <= halves[False].corr(halves[True]) <= 0.9
    years = [attendance_by_student(folder, name) for name in ("2023-24", "2024-25")]
    rates = [(days["absent"] / days["enrolled"])[days["enrolled"] > 90] for days in years]
    assert 0.2 <= rates[0].corr(rates[1]) <= 0.85


def test_planted_students_come_out_of_the_files(folder: Path, truth: dict) -> None:
    """Each verdict follows from the files alone; the first is chronic at neither school by itself."""
    days = attendance_by_student(folder, "2024-25")
    assert len(truth["planted_students"]) == 6
    for label, known in truth["planted_students"].items():
        found = days.loc[known["student_id"]]
        assert (found["enrolled"], found["absent"]) == (known["enrolled_days"], known["days_absent"]), label
        verdict = bool(10 * found["absent"] >= found["enrolled"]) if found["enrolled"] >= 10 else None
        assert verdict == known["is_chronic"], label

    across = truth["planted_students"]["chronic_only_across_schools"]
    student, schools = across["student_id"], across["schools"]
    spells = read(folder / "sis" / "entry_exit.csv")
    spells = spells[(spells["Student Number"] == student) & (spells["School Year"] == "2024-25")]
    assert list(spells["School Code"]) == schools
    submitted = read(folder / "sis" / "submissions_2024-25.txt", "|")
    events = read(folder / "sis" / "attendance_2024-25.csv.gz")
    events = events[events["Student Number"] == student]
    by_school = {}
    for _, spell in spells.iterrows():
        first, last = (
            dt.datetime.strptime(spell[side], "%m/%d/%Y").strftime("%Y%m%d") for side in ("Entry Date", "Exit Date")
        )
        own = submitted[submitted["SCHOOL"] == spell["School Code"]]["ATT_DATE"]
        absent = events[events["School"] == spell["School Code"]]["Att Code"].map(SHARE_ABSENT).sum()
        by_school[spell["School Code"]] = (int(own.between(first, last).sum()), float(absent))
    first_days, _ = by_school[schools[0]]
    second_days, second_absent = by_school[schools[1]]
    assert first_days < 10
    assert 10 * second_absent < second_days
    assert across["is_chronic"] is True


def test_a_snow_day_is_scheduled_but_never_submitted(folder: Path, truth: dict) -> None:
    calendar = read(folder / "sis" / "calendar.csv", ";")
    for year, day in truth["snow_days"].items():
        name = f"{int(year) - 1}-{int(year) % 100:02d}"
        compact, us = day.replace("-", ""), dt.date.fromisoformat(day).strftime("%m/%d/%Y")
        assert (calendar[calendar["Calendar Date"] == compact]["Day Type"] == "I").all()
        assert len(calendar[calendar["Calendar Date"] == compact]) == 8
        assert compact not in set(read(folder / "sis" / f"submissions_{name}.txt", "|")["ATT_DATE"])
        assert us not in set(read(folder / "sis" / f"attendance_{name}.csv.gz")["Att Date"])
    instructional = calendar[calendar["Day Type"] == "I"].groupby(["School", "School Year"]).size()
    assert instructional.between(178, 184).all()


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
        assert days.max() >= pd.Timestamp(AS_OF) - pd.Timedelta(days=75), name
    late = read(folder / "sis" / "attendance_2024-25.csv.gz")
    late = late[late["Student Number"] != ""]
    lag = pd.to_datetime(late["Posted"]) - pd.to_datetime(late["Att Date"])
    assert (lag.dt.days >= 1).all()
    assert 0.8 <= (lag.dt.days == 1).mean() <= 0.95
    assert lag.dt.days.max() >= 20


def test_results_are_plausible(folder: Path) -> None:
    for name in ("2022-23", "2023-24", "2024-25"):
        maple = read(folder / "sis" / f"maple_{name}.csv")
        maple = maple[maple["PerfLevel"] != ""]
        assert set(maple["PerfLevel"]) == {"1", "2", "3", "4"}
        assert set(maple["Window"]) == {"BOY", "MOY", "EOY"}
        assert 0.6 <= (maple["PerfLevel"] >= "3").mean() <= 0.85
        assert not maple.duplicated(["StudentID", "Subject", "Window"]).any()
    state = read(folder / "sis" / "state_2025.csv")
    tested = state[state["SCALED_SCORE"] != ""]
    assert set(tested["ACHIEVEMENT_LEVEL"]) == {"Not Meeting", "Partially Meeting", "Meeting", "Exceeding"}
    assert set(state["GRADE"]) == {"03", "04", "05", "06", "07", "08", "10"}
    assert 0.45 <= tested["ACHIEVEMENT_LEVEL"].isin(["Meeting", "Exceeding"]).mean() <= 0.65
    assert (state[state["SCALED_SCORE"] == ""]["ACHIEVEMENT_LEVEL"] == "").all()
    assert not (folder / "sis" / "state_2026.csv").exists()
    marks = read(folder / "sis" / "grades_2024-25.txt", "\t")
    core = marks[marks["Course"].str.slice(0, 3).isin(["ELA", "MAT", "SCI", "SOC"])]
    assert 0.03 <= (core["Mark"] == "F").mean() <= 0.12


def staff_on(folder: Path, day: str) -> pd.DataFrame:
    """Assignments that cover the day, with the person's race."""
    spells = read(folder / "hr" / "assignments.csv")
    begins = pd.to_datetime(spells["Begin Date"])
    ends = pd.to_datetime(spells["End Date"].replace("", None))
    here = spells[(begins <= pd.Timestamp(day)) & ~(ends < pd.Timestamp(day))]
    return here.merge(read(folder / "hr" / "staff.csv", ";"), on="Emp ID", how="left", validate="many_to_one")


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2025])
def test_staff_of_every_october(folder: Path, year: int) -> None:
    staff = staff_on(folder, f"{year}-10-01")
    assert staff["Hire Date"].notna().all()
    white = (staff["Race"] == "W") & (staff["Hispanic"] != "Y")
    assert 0.78 <= white.mean() <= 0.91
    assert STUDENTS / 17 <= staff[staff["Job Group"] == "TCH"]["FTE"].astype(float).sum() <= STUDENTS / 11
    assert staff["Job Group"].nunique() == 9
    assert not staff["Position No"].duplicated().any()
    shared = staff.groupby("Emp ID").agg(places=("Location", "nunique"), fte=("FTE", lambda f: f.astype(float).sum()))
    assert (shared["places"] == 2).sum() >= 5
    assert np.allclose(shared["fte"], 1.0)


def test_hiring_has_its_planted_findings(folder: Path, truth: dict) -> None:
    """The screening passes fewer Black and Hispanic applicants, and one vacancy had no applicant."""
    asked = read(folder / "hr" / "requisitions.csv")
    made = read(folder / "hr" / "applications.csv")
    alone = truth["no_applicants_requisition"]
    assert alone in set(asked["Requisition"])
    assert alone not in set(made["Requisition"])
    assert asked.set_index("Requisition").loc[alone, "Date Closed"] == ""
    assert set(made["Requisition"]) <= set(asked["Requisition"])
    assert (asked["Date Closed"] == "").sum() >= 4
    unfair = (made["Race"] == "B") | (made["Hispanic"] == "Y")
    passed = made["Screened"] != ""
    assert passed[unfair].mean() < 0.8 * passed[~unfair & (made["Race"] != "")].mean()
    order = made[["Applied", "Screened", "Interviewed", "Offered", "Accepted", "Started"]]
    for earlier, later in zip(order.columns, order.columns[1:], strict=False):
        reached = order[order[later] != ""]
        assert (reached[earlier] != "").all()
        assert (reached[earlier] <= reached[later]).all()
    assert made[made["Accepted"] != ""]["Requisition"].is_unique


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


def test_programme_spells_are_in_order(folder: Path) -> None:
    spells = read(folder / "programs" / "participation.txt", "|")
    spells = spells[spells["STUDENT_NO"] != "999999"]
    assert set(spells["PROGRAM"]) == {"ELL", "SPED", "FRL", "MKV", "FOST", "GT"}
    ended = spells[spells["END"] != ""]
    assert (ended["START"] <= ended["END"]).all()
    assert not spells.duplicated(["STUDENT_NO", "PROGRAM", "START"]).any()
    sites = read(folder / "programs" / "elt_sites.csv")
    assert sites.groupby("Term")["School"].nunique().eq(8).all()
    assert set(sites["Stream"]) == {"intervention", "enrichment"}


def test_transfers_add_up_to_zero(folder: Path) -> None:
    moved = read(folder / "finance" / "transfers.csv")
    cents = dollars(moved["Amount"])
    assert len(cents) == len(moved) > 100
    assert cents.groupby(moved["Transfer"]).sum().eq(0).all()
    assert set(moved["Account"]) <= set(read(folder / "finance" / "accounts.csv")["Account"])


def test_budget_is_mostly_people(folder: Path) -> None:
    accounts = read(folder / "finance" / "accounts.csv").set_index("Account")
    assert accounts.index.str.fullmatch(r"\d{2}\.\d{4}\.\d{5}\.\d{3}\.\d{4}").all()
    budget = read(folder / "finance" / "budget.csv")
    cents = dollars(budget["Amount"])
    people = accounts.loc[budget["Account"], "Object"].str.slice(0, 2).isin(["51", "52"]).to_numpy()
    assert 0.75 <= cents[people].sum() / cents.sum() <= 0.85
    positions = pd.read_excel(folder / "hr" / "positions.xlsx", dtype=str)
    assert set(positions["Account"].dropna()) <= set(accounts.index)


def test_ledger_spends_about_the_budget(folder: Path) -> None:
    budget = read(folder / "finance" / "budget.csv")
    for year in (2023, 2024, 2025):
        lines = read(folder / "finance" / f"ledger_FY{year}.csv")
        spent = dollars(lines["Debit"]).sum() - dollars(lines["Credit"]).sum()
        planned = dollars(budget[budget["Fiscal Year"] == f"FY{year}"]["Amount"]).sum()
        assert 0.93 <= spent / planned <= 1.0
        assert (lines["Credit"] != "").sum() >= 1
        assert lines.duplicated().sum() >= 1


def test_budget_services_have_a_lock_in_every_year(folder: Path) -> None:
    """The seed covers each service of the accounts, without overlap, and about two thirds are unlocked."""
    seed = pd.read_csv(ROOT / "dbt_project" / "seeds" / "budget_service.csv", dtype=str, keep_default_na=False)
    services = set(read(folder / "finance" / "accounts.csv")["Service"])
    assert services == set(seed["service"])
    share = {}
    for year in (2023, 2024, 2025, 2026):
        day = f"{year - 1}-07-01"
        valid = seed[(seed["valid_from"] <= day) & ((seed["valid_to"] == "") | (seed["valid_to"] >= day))]
        assert valid["service"].is_unique
        assert set(valid["service"]) == services
        share[year] = (valid["lock_status"] == "unlocked").mean()
    assert list(share.values()) == sorted(share.values())
    assert 0.6 <= share[2026] <= 0.75


def cells_at(folder: Path, file: str, line: int) -> list[str]:
    """The cells of one line of a file, header included in the count."""
    path = folder / file
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        return ["" if cell.value is None else str(cell.value) for cell in sheet[line]]
    delimiter = {"sis/grades": "\t", "sis/submissions": "|", "programs/participation": "|", "hr/staff": ";"}
    sign = next((sign for start, sign in delimiter.items() if file.startswith(start)), ",")
    return next(csv.reader([text_of(path).splitlines()[line - 1]], delimiter=sign))


def test_planted_faults_stand_where_truth_says(folder: Path, truth: dict) -> None:
    kinds = set()
    assert len(truth["dirty"]) == 10
    for fault in truth["dirty"]:
        header = cells_at(folder, fault["file"], 1)
        cells = cells_at(folder, fault["file"], fault["line"])
        if fault["column"] is None:
            assert cells == header or len(cells) == len(header) + 1, fault
            kinds.add("header" if cells == header else "too many")
        else:
            assert cells[header.index(fault["column"])] == (fault["value"] or ""), fault
            kinds.add(fault["contract_column"])
    assert kinds == {
        "header", "too many", "on_date", "student_id", "days", "scale_score", "ends_on", "race", "budgeted_fte",
        "amount",
    }  # fmt: skip


def test_truth_counts_every_row(folder: Path, truth: dict) -> None:
    """Rows of a file are its lines without the header; feeds from the zip count the rows they take."""
    for feed, known in truth["feeds"].items():
        assert known["rows"] == known["good"] + known["dirty"] == sum(known["files"].values()), feed
        assert known["dirty"] == sum(fault["feed"] == feed for fault in truth["dirty"]), feed
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
    assert {feed.name for feed in district.feeds} == set(truth["feeds"])
    given = yaml.safe_load((path / "district.yml").read_text(encoding="utf-8"))
    assert given["generate"] == {"students": 3000, "years": 4, "seed": 7}
    tables = roster(folder)
    for feed in district.feeds:
        files = sorted((folder / feed.source).glob(feed.files))
        assert files, feed.name
        for file in files:
            if feed.member:
                header = list(tables[feed.member].columns)
            elif file.suffix == ".xlsx":
                header = list(pd.read_excel(file, nrows=0).columns)
            else:
                header = text_of(file).splitlines()[0].split(feed.delimiter)
            named = {source for cell in feed.columns.values() for source in cell.sources()}
            assert named | set(feed.where) | set(feed.drop) <= set(header), feed.name
