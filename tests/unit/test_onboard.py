"""The draft of a feed, against mappings that are known to be right and samples worked by hand."""

import datetime as dt
import subprocess
import sys
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import openpyxl
import pytest
import yaml

from include.districts import FileFeed, load_district
from include.errors import SchoolhouseError
from include.onboard import draft_feed
from include.onboard.words import likeness, meaning_of
from include.settings import DEFAULT_DISTRICT, ROOT
from models.landing.hr import JOB_GROUPS, RACES
from tests.conftest import SHARED_DATA

FLOOR = 0.9


def drafted(path: Path, contract: str, **more: str) -> dict[str, Any]:
    """The one feed of the draft, as YAML reads it."""
    [source] = yaml.safe_load(draft_feed(path, contract, **more))["sources"].values()
    [feed] = source["feeds"].values()
    return feed


def sources_of(feed: dict[str, Any], column: str) -> set[str]:
    """Names of the source columns that a drafted feed fills a contract column from."""
    mask = feed.get("account_mask")
    if mask and column in mask["segments"].values():
        return {mask["from"]}
    cell = feed["columns"].get(column, {})
    if isinstance(cell, str):
        return {cell}
    return {cell[way] for way in ("from", "debit", "credit") if way in cell}


def compared(feed: FileFeed, draft: dict[str, Any]) -> dict[str, bool]:
    """Whether each column that the right mapping takes from the file was placed right."""
    found = {}
    for column, cell in feed.columns.items():
        right = set(cell.sources())
        if right:
            got = sources_of(draft, column)
            # Of a renamed column a file has one of the names.
            found[column] = bool(got) and (got == right or (isinstance(cell.from_, tuple) and got < right))
    return found


def test_the_generated_district_is_mapped_as_its_district_yml_says(folder: Path) -> None:
    """If this falls, look at what `wrong` names: a word of ALIASES or a rule about values is missing."""
    placed: dict[str, bool] = {}
    codes: dict[str, bool] = {}
    for feed in load_district(DEFAULT_DISTRICT).feeds:
        if feed.source == "desk":
            continue
        assert isinstance(feed, FileFeed)
        draft = drafted(sorted((folder / feed.source).glob(feed.files))[-1], feed.contract, name=feed.name)
        assert (draft.get("member"), draft.get("sheet")) == (feed.member, feed.sheet), feed.name
        assert draft.get("delimiter", ",") == feed.delimiter, feed.name
        assert draft.get("encoding", "utf-8") == feed.encoding, feed.name
        placed |= {f"{feed.name}.{column}": is_right for column, is_right in compared(feed, draft).items()}
        for column, cell in feed.columns.items():
            got = draft["columns"].get(column)
            if cell.codes and isinstance(got, dict) and "codes" in got:
                # Codes that the small district has; none of them may mean something else.
                codes |= {
                    f"{feed.name}.{column}.{code}": cell.codes.get(code) == to for code, to in got["codes"].items()
                }
    assert len(placed) > 200 and len(codes) > 40
    wrong = [name for found in (placed, codes) for name, is_right in found.items() if not is_right]
    assert sum(placed.values()) / len(placed) >= FLOOR, wrong
    assert sum(codes.values()) / len(codes) >= FLOOR, wrong


@pytest.mark.shared_data
def test_public_files_that_nobody_made_for_us_are_mapped_mostly_right() -> None:
    """Real headers of other states, which no word list was made for.

    A column that fills several contract columns is placed once only, so not all can be found; none may be wrong.
    """
    placed: dict[str, bool] = {}
    wrong = []
    for feed in load_district(ROOT / "tests" / "districts" / "public").feeds:
        assert isinstance(feed, FileFeed)
        path = sorted((SHARED_DATA / Path(feed.folder).name).glob(feed.files))[-1]
        draft = drafted(path, feed.contract)
        found = compared(feed, draft)
        placed |= {f"{feed.name}.{column}": is_right for column, is_right in found.items()}
        wrong += [
            (feed.name, name) for name, is_right in found.items() if not is_right and sources_of(draft, name) - {"?"}
        ]
    share = sum(placed.values()) / len(placed)
    assert share >= 0.6, [name for name, is_right in placed.items() if not is_right]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "column", "other"),
    [
        ("Student Number", "student_id", "school_id"),
        ("StudentID", "student_id", "school_id"),
        ("STUDENT_NO", "student_id", "staff_id"),
        ("Emp ID", "staff_id", "student_id"),
        ("schoolSourcedId", "school_id", "section_id"),
        ("classSourcedId", "section_id", "school_id"),
        ("Last Name", "family_name", "given_name"),
        ("Exit Date", "exited_on", "entered_on"),
        ("Acct Code", "account_code", "entry_code"),
    ],
)
def test_names_of_different_systems_mean_the_same(name: str, column: str, other: str) -> None:
    assert likeness(name, column) > 0.7 > likeness(name, other)


@pytest.mark.parametrize(
    ("code", "allowed", "meaning"),
    [
        ("TCH", JOB_GROUPS, "teacher"),
        ("RLS", JOB_GROUPS, "related_services"),
        ("A", RACES, "asian"),
        ("W", RACES, "white"),
        ("X", RACES, None),
        ("s", ("semester", "spring"), None),
        ("schoolYear", ("school_year", "term"), "school_year"),
        ("", RACES, None),
    ],
)
def test_a_code_has_one_meaning_or_none(code: str, allowed: tuple[str, ...], meaning: str | None) -> None:
    assert meaning_of(code, allowed) == meaning


def roster(tmp_path: Path, lines: list[str], name: str = "roster.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_encodings_and_delimiters_are_found(tmp_path: Path) -> None:
    lines = ["Student Number;First Name;Last Name"] + [f"{n};Zoë;Peña" for n in range(30)]
    assert drafted(roster(tmp_path, lines), "sis.student")["delimiter"] == ";"
    assert "encoding" not in drafted(roster(tmp_path, lines), "sis.student")
    assert "encoding" not in drafted(roster(tmp_path, lines, encoding="utf-8-sig"), "sis.student")
    assert drafted(roster(tmp_path, lines, encoding="latin-1"), "sis.student")["encoding"] == "latin-1"
    assert drafted(roster(tmp_path, [*lines, "31;“Zoë”;€"], encoding="cp1252"), "sis.student")["encoding"] == "cp1252"
    # One line of another system does not change what the file is written in.
    mixed = roster(tmp_path, lines)
    mixed.write_bytes(mixed.read_bytes() + "\n32;Zo;Pe\xf1a".encode("latin-1"))
    assert "encoding" not in drafted(mixed, "sis.student")
    with_commas = [line.replace(";", "|") for line in lines] + ["40|a, b|c, d"]
    assert drafted(roster(tmp_path, with_commas), "sis.student")["delimiter"] == "|"


def test_dates_are_told_apart_where_the_values_do(tmp_path: Path) -> None:
    def date(*values: str) -> tuple[Any, str]:
        lines = ["Student,School,Entry Date,Grade,School Year"] + [
            f"{n},A,{value},5,2026" for n, value in enumerate(values)
        ]
        text = draft_feed(roster(tmp_path, lines), "sis.school_enrollment")
        [source] = yaml.safe_load(text)["sources"].values()
        [line] = [line for line in text.splitlines() if "entered_on:" in line]
        cell = source["feeds"]["school_enrollment"]["columns"]["entered_on"]
        return cell if isinstance(cell, str) else cell.get("date"), line

    assert date("2026-01-05", "2026-01-31")[0] == "Entry Date"
    assert date("1/5/2026", "1/31/2026")[0] == "MM/DD/YYYY"
    assert date("5/1/2026", "31/1/2026")[0] == "DD/MM/YYYY"
    assert date("20260105", "20260131")[0] == "YYYYMMDD"
    assert date("1/31/2026", "2026-01-31")[0] == ["YYYY-MM-DD", "MM/DD/YYYY"]
    layout, line = date("1/5/2026", "2/5/2026")
    assert layout == "MM/DD/YYYY" and "could be DD/MM/YYYY as well" in line


def test_no_value_of_a_person_is_in_the_draft(tmp_path: Path) -> None:
    """Codes of few values are; names, numbers and dates of persons are not, wherever they stand."""
    header = "Emp ID,First Name,Last Name,Race,Hire Date,Reason,Nickname"
    lines = [
        f"77{n:03d},Quilla{n},Quillon{n},{'WB'[n % 2]},08/{n % 28 + 1:02d}/2019,Quip{n},Quid{n}" for n in range(60)
    ]
    for contract in ("hr.staff_member", "hr.separation", "sis.student_demographic"):
        text = draft_feed(roster(tmp_path, [header, *lines]), contract)
        assert not any(trace in text for trace in ("Quil", "Quip", "Quid", "77", "2019")), contract
    text = draft_feed(roster(tmp_path, [header, *lines]), "hr.staff_member")
    assert "codes: {B: black, W: white}" in text
    assert "#   Nickname" in text and "#   Reason" in text
    # Race is one of few codes here, but not where each row has its own.
    odd = [line.replace(f",{'WB'[n % 2]},", f",Quark{n},") for n, line in enumerate(lines)]
    assert "Quark" not in draft_feed(roster(tmp_path, [header, *odd]), "hr.staff_member")


def test_what_is_required_and_not_there_is_said_and_nothing_is_made_up(tmp_path: Path) -> None:
    lines = ["Colour,Weight"] + [f"red,{n}" for n in range(20)]
    text = draft_feed(roster(tmp_path, lines), "sis.attendance_event")
    [source] = yaml.safe_load(text)["sources"].values()
    columns = source["feeds"]["attendance_event"]["columns"]
    assert columns == dict.fromkeys(("student_id", "school_id", "on_date", "code"), "?")
    assert "required, and no column looks like it: The student." in text
    assert "# Not filled, and need not be: posted_on" in text and "#   Colour" in text


def test_a_workbook_and_a_zip_give_the_part_that_fits(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Notes", 0).append(["Read me"])
    sheet = book.create_sheet("People")
    sheet.append(["Emp ID", "First Name", "Last Name", "Hire Date"])
    for n in range(20):
        sheet.append([n, "A", "B", dt.date(2020, 1, 1 + n)])
    book.save(tmp_path / "hr.xlsx")
    assert drafted(tmp_path / "hr.xlsx", "hr.staff_member")["sheet"] == "People"
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("orgs.csv", "sourcedId,name,type\n1,Ash,school\n")
        archive.writestr("users.csv", "sourcedId,givenName,familyName,grades\n1,A,B,05\n")
    assert drafted(tmp_path / "all.zip", "sis.student")["member"] == "users.csv"
    assert drafted(tmp_path / "all.zip", "sis.student", member="orgs.csv")["member"] == "orgs.csv"
    with pytest.raises(SchoolhouseError, match=r"holds no staff\.csv"):
        draft_feed(tmp_path / "all.zip", "sis.student", member="staff.csv")


def test_several_files_of_a_kind_are_one_feed(tmp_path: Path) -> None:
    """Each whole for its year where it has one, else what is new; of one file nothing is said."""
    for year in (2025, 2026):
        lines = ["FY,Fund,Kind,Amount,Posted"] + [f"{year},01,actual,{n},01/{n:02d}/{year}" for n in range(1, 29)]
        roster(tmp_path, lines, f"ledger_{year}.csv")
        roster(
            tmp_path, ["Student,School,Day,Att Code"] + [f"{n},A,{year}-01-05,AU" for n in range(20)], f"abs_{year}.csv"
        )
    ledger = drafted(tmp_path / "ledger_2026.csv", "finance.ledger_line")
    assert (ledger["files"], ledger["partition"]) == ("ledger_*.csv", "fiscal_year")
    absences = drafted(tmp_path / "abs_2026.csv", "sis.attendance_event")
    assert (absences["files"], absences["mode"]) == ("abs_*.csv", "delta")
    (tmp_path / "abs_2025.csv").unlink()
    alone = drafted(tmp_path / "abs_2026.csv", "sis.attendance_event")
    assert alone["files"] == "abs_2026.csv" and "mode" not in alone


def _command(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "include.cli", "onboard", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_the_command_drafts_a_file_and_an_address(tmp_path: Path) -> None:
    roster(tmp_path, ["Student Number,First Name,Grade"] + [f"{n},A,5" for n in range(20)])

    class Quiet(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path), **more)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    code, local = _command(str(tmp_path / "roster.csv"), "--contract", "sis.student", "--name", "town.pupil")
    assert code == 0, local
    assert list(yaml.safe_load(local)["sources"]["town"]["feeds"]) == ["pupil"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        code, remote = _command(f"{address}/roster.csv", "--contract", "sis.student")
        missing = _command(f"{address}/none.csv", "--contract", "sis.student")
        server.shutdown()
    assert code == 0, remote
    feed = yaml.safe_load(remote)["sources"]["sis"]
    assert feed["folder"] == "." and feed["feeds"]["student"]["columns"]["student_id"] == "Student Number"
    assert missing[0] == 1 and "answered 404" in missing[1] and "Traceback" not in missing[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none.csv", "--contract", "sis.student"), "There is no file none.csv"),
        (
            ("README.md", "--contract", "sis.pupil"),
            "There is no contract 'sis.pupil': there are access.assignment",
        ),
        (("ftp://host/a.csv", "--contract", "sis.student"), "only http and https are fetched"),
    ],
)
def test_what_cannot_be_drafted_is_said(arguments: tuple[str, ...], said: str) -> None:
    code, output = _command(*arguments)
    assert code == 1 and said in output and "Traceback" not in output
