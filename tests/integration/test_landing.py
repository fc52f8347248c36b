"""Landing by hand-worked files: every row is landed, unchanged or quarantined with a reason."""

import datetime as dt
import gzip
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine, text

from include.districts import FileFeed
from include.errors import SchoolhouseError
from include.landing.load import LoadResult, load_file
from include.sources import deliveries

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)
WEDNESDAY = dt.date(2026, 3, 4)

LEDGER = {
    "contract": "finance.ledger_line",
    "columns": {
        "fiscal_year": "year",
        "fund": "fund",
        "entry_kind": {"from": "kind", "codes": {"A": "actual", "B": "budget"}},
        "amount": {"from": "amount", "thousands": ","},
        "posted_on": {"from": "date", "date": "M/D/YYYY"},
    },
}
LEDGER_HEADER = "year,fund,kind,amount,date\n"
ATTENDANCE = {
    "contract": "sis.attendance_event",
    "mode": "delta",
    "columns": {
        "student_id": "student",
        "school_id": "school",
        "on_date": "day",
        "code": "code",
        "posted_on": "posted",
    },
}
SCHOOL = {"contract": "sis.school", "columns": {"school_id": "id", "name": "name"}}


def feed_of(folder: Path, given: dict[str, Any], files: str = "*.csv") -> FileFeed:
    return FileFeed.model_validate(
        {"files": files, **given, "name": "test.feed", "source": "test", "folder": str(folder)}
    )


def load(engine: Engine, feed: FileFeed, path: Path, as_of: dt.date = MONDAY) -> LoadResult:
    """Land one file of the feed's folder."""
    (delivery,) = deliveries(feed.model_copy(update={"files": path.name}), None, None, path.parent)
    return load_file(engine, feed, delivery, as_of)


def land(
    engine: Engine, folder: Path, given: dict[str, Any], name: str, content: str | bytes, as_of: dt.date = MONDAY
) -> LoadResult:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load(engine, feed_of(folder, given), path, as_of)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def counts(result: LoadResult) -> tuple[int, int, int, int, int]:
    return result.rows_read, result.landed, result.unchanged, result.quarantined, result.closed


def quarantine(engine: Engine) -> list[tuple[Any, ...]]:
    return rows(engine, "select line, column_name, value, reason from ops.quarantine order by quarantine_id")


def test_amounts_with_thousands_brackets_and_spreadsheet_errors(warehouse: Engine, tmp_path: Path) -> None:
    content = LEDGER_HEADER + (
        '2019,100,A,"8,257.39",3/16/2019\n'
        "2019,100,A,(12.50),3/16/2019\n"
        "2019,100,A,#VALUE!,3/16/2019\n"
        '2019,100,A,"8,25",3/16/2019\n'
        "2019,100,A,0.30000000000000004,3/16/2019\n"
        "2019,100,A,1.005,3/16/2019\n"
        "2019,100,A,NaN,3/16/2019\n"
        "2019,100,A,-6.56E+189,3/16/2019\n"
        "2019,100,A,1234567890123.00,3/16/2019\n"
        "2019,100,X,5,3/16/2019\n"
        "2019,100,A,5,2/30/2019\n"
        ",100,A,5,3/16/2019\n"
    )
    result = land(warehouse, tmp_path, LEDGER, "ledger.csv", content)
    assert counts(result) == (12, 3, 0, 9, 0)
    assert rows(warehouse, "select amount from landing.finance_ledger_line order by _line") == [
        (Decimal("8257.39"),),
        (Decimal("-12.50"),),
        (Decimal("0.30"),),
    ]
    assert quarantine(warehouse) == [
        (4, "amount", "#VALUE!", "is not a number"),
        (5, "amount", "8,25", "is not a number"),
        (7, "amount", "1.005", "has more than 2 decimals, which amount would lose"),
        (8, "amount", "NaN", "is not a number"),
        (9, "amount", "-6.56E+189", "is not a number"),
        (10, "amount", "1234567890123.00", "is too large for amount"),
        (11, "kind", "X", "is a code without a meaning: add it to `codes` of entry_kind in district.yml"),
        (12, "date", "2/30/2019", "is not a date written M/D/YYYY"),
        (13, "year", None, "is missing"),
    ]
    kept = rows(warehouse, "select raw from ops.quarantine where line = 4")
    assert kept == [({"year": "2019", "fund": "100", "kind": "A", "amount": "#VALUE!", "date": "3/16/2019"},)]


def test_identical_ledger_lines_are_all_kept(warehouse: Engine, tmp_path: Path) -> None:
    line = "2019,100,A,5.00,3/16/2019\n"
    assert counts(land(warehouse, tmp_path, LEDGER, "a.csv", LEDGER_HEADER + line * 3)) == (3, 3, 0, 0, 0)
    assert counts(land(warehouse, tmp_path, LEDGER, "b.csv", LEDGER_HEADER + line * 2, TUESDAY)) == (2, 0, 2, 0, 1)
    assert rows(
        warehouse,
        "select sum(amount) from landing.finance_ledger_line where _superseded_on is null",
    ) == [(Decimal("10.00"),)]


def test_debit_and_credit_make_one_signed_amount(warehouse: Engine, tmp_path: Path) -> None:
    given = {
        **LEDGER,
        "columns": {**LEDGER["columns"], "amount": {"debit": "debit", "credit": "credit", "thousands": ","}},  # type: ignore[dict-item]
    }
    content = "year,fund,kind,date,debit,credit\n" + (
        '2019,100,A,3/16/2019,"1,000.10",\n'
        "2019,100,A,3/16/2019,,80\n"
        "2019,100,A,3/16/2019,100,30\n"
        "2019,100,A,3/16/2019,,\n"
        "2019,100,A,3/16/2019,_____,5\n"
    )
    assert counts(land(warehouse, tmp_path, given, "l.csv", content)) == (5, 3, 0, 2, 0)
    assert rows(warehouse, "select amount from landing.finance_ledger_line order by _line") == [
        (Decimal("1000.10"),),
        (Decimal("-80.00"),),
        (Decimal("70.00"),),
    ]
    assert quarantine(warehouse) == [
        (5, "debit and credit", None, "is missing"),
        (6, "debit", "_____", "is not a number"),
    ]


def test_byte_order_mark_latin_1_and_quoted_line_breaks(warehouse: Engine, tmp_path: Path) -> None:
    content = '\ufeffid,name\n1,"École\nNormale"\n2,"say ""hi"""\n3,tab\tand \\N\n'
    assert counts(land(warehouse, tmp_path, SCHOOL, "a.csv", content)) == (3, 3, 0, 0, 0)
    assert rows(warehouse, "select school_id, name, _line from landing.sis_school order by 1") == [
        ("1", "École\nNormale", 2),
        ("2", 'say "hi"', 4),
        ("3", "tab\tand \\N", 5),
    ]


def test_latin_1_is_read_when_said_and_refused_by_row_when_not(warehouse: Engine, tmp_path: Path) -> None:
    content = "id,name\n1,Peña\n2,Smith\n".encode("latin-1")
    result = land(warehouse, tmp_path, SCHOOL, "a.csv", content)
    assert counts(result) == (2, 1, 0, 1, 0)
    [(line, _, _, reason)] = quarantine(warehouse)
    assert line == 2
    assert "is not utf-8 in column name" in reason
    assert rows(warehouse, "select raw ->> 'name' from ops.quarantine") == [("Pe\\xf1a",)]
    again = land(warehouse, tmp_path, {**SCHOOL, "encoding": "latin-1"}, "a.csv", content, TUESDAY)
    assert counts(again) == (2, 1, 1, 0, 0)
    assert rows(warehouse, "select name from landing.sis_school where school_id = '1'") == [("Peña",)]


def test_repeated_header_ragged_rows_and_nul(warehouse: Engine, tmp_path: Path) -> None:
    content = "id,name\n1,A\nid,name\n2,B,surplus,more\n3\n\n4,D\x00\n5,E\n"
    assert counts(land(warehouse, tmp_path, SCHOOL, "a.csv", content)) == (6, 2, 0, 4, 0)
    assert quarantine(warehouse) == [
        (3, None, None, "the row repeats the header"),
        (4, None, '["surplus", "more"]', "the row has 4 columns where the header has 2"),
        (5, None, None, "the row has 1 columns where the header has 2"),
        (7, None, None, "the row holds a NUL byte"),
    ]
    [(raw,)] = rows(warehouse, "select raw from ops.quarantine where line = 4")
    assert raw == {"id": "2", "name": "B", "(further cells)": ["surplus", "more"]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv is empty: it has no header line"),
        ("bare.csv", b"id,name\n", "bare.csv has no rows for feed test.feed"),
        ("renamed.csv", b"id,title\n1,A\n", "the file has no column 'name'. Its columns: id, title"),
        ("cut.csv.gz", gzip.compress(b"id,name\n1,A\n" * 1000, mtime=0)[:-20], "cut.csv.gz is cut short"),
        ("not.zip", b"id,name\n1,A\n", "not.zip is cut short or not what its name says"),
    ],
)
def test_files_that_cannot_be_taken(warehouse: Engine, tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(SchoolhouseError) as caught:
        land(warehouse, tmp_path, SCHOOL, name, content)
    assert message in str(caught.value)
    assert rows(warehouse, "select count(*) from ops.load") == [(0,)]
    assert rows(warehouse, "select count(*) from ops.source_file") == [(0,)]


def test_a_missing_file_names_the_folder_and_pattern(tmp_path: Path) -> None:
    with pytest.raises(SchoolhouseError, match=r"no file in .* matches 'a_\*.csv'"):
        list(deliveries(feed_of(tmp_path, SCHOOL, files="a_*.csv"), None, None, tmp_path))
    optional = feed_of(tmp_path, {**SCHOOL, "required": False}, files="a_*.csv")
    assert list(deliveries(optional, None, None, tmp_path)) == []


def test_zip_member_gzip_and_workbook_land_alike(warehouse: Engine, tmp_path: Path) -> None:
    content = "id,name\n1,A\n2,B\n"
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("orgs.csv", content)
        archive.writestr("other.csv", "x\n1\n")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["id", "name"], [1, "A"], [2.0, "B"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    first = load(warehouse, feed_of(tmp_path, SCHOOL), tmp_path / "a.csv.gz")
    assert counts(first) == (2, 2, 0, 0, 0)
    zipped = load(warehouse, feed_of(tmp_path, {**SCHOOL, "member": "orgs.csv"}), tmp_path / "a.zip")
    assert counts(zipped) == (2, 0, 2, 0, 0)
    workbook = load(warehouse, feed_of(tmp_path, SCHOOL), tmp_path / "a.xlsx")
    assert counts(workbook) == (2, 0, 2, 0, 0)


def test_versions_say_when_they_became_known(warehouse: Engine, tmp_path: Path) -> None:
    first = "student,school,day,code,posted\n" + ("s1,A,2026-02-02,AU,2026-02-03\ns2,A,2026-02-02,AU,\n")
    assert counts(land(warehouse, tmp_path, ATTENDANCE, "a.csv", first)) == (2, 2, 0, 0, 0)
    second = "student,school,day,code,posted\n" + ("s1,A,2026-02-02,AE,2026-02-03\ns3,A,2026-02-02,AU,2026-02-04\n")
    assert counts(land(warehouse, tmp_path, ATTENDANCE, "b.csv", second, TUESDAY)) == (2, 2, 0, 0, 0)
    versions = rows(
        warehouse,
        "select student_id, code, _known_on, _superseded_on from landing.sis_attendance_event order by _version_id",
    )
    assert versions == [
        # History: the posting date, or the event's date and the contract's lag of one day.
        ("s1", "AU", dt.date(2026, 2, 3), TUESDAY),
        ("s2", "AU", dt.date(2026, 2, 3), None),
        # From then on: the day the platform got it, whatever the source says.
        ("s1", "AE", TUESDAY, None),
        ("s3", "AU", TUESDAY, None),
    ]


def test_the_same_file_twice_is_one_load(warehouse: Engine, tmp_path: Path) -> None:
    content = "id,name\n1,A\n2,\n"
    assert counts(land(warehouse, tmp_path, SCHOOL, "a.csv", content)) == (2, 1, 0, 1, 0)
    again = land(warehouse, tmp_path, SCHOOL, "a.csv", content, TUESDAY)
    assert (again.status, counts(again)) == ("already_loaded", (2, 0, 1, 1, 0))
    assert rows(warehouse, "select count(*) from ops.quarantine") == [(1,)]
    assert rows(warehouse, "select count(*) from landing.sis_school") == [(1,)]


def test_an_old_file_sent_again_does_not_undo_a_newer_one(warehouse: Engine, tmp_path: Path) -> None:
    old, new = "id,name\n1,Old\n", "id,name\n1,New\n"
    land(warehouse, tmp_path, SCHOOL, "monday.csv", old)
    land(warehouse, tmp_path, SCHOOL, "tuesday.csv", new, TUESDAY)
    assert land(warehouse, tmp_path, SCHOOL, "monday.csv", old, WEDNESDAY).status == "already_loaded"
    current = "select name from landing.sis_school where _superseded_on is null"
    assert rows(warehouse, current) == [("New",)]
    # A source that really goes back to what it said before sends it under a new name.
    assert counts(land(warehouse, tmp_path, SCHOOL, "wednesday.csv", old, WEDNESDAY)) == (1, 1, 0, 0, 0)
    assert rows(warehouse, current) == [("Old",)]


def test_a_file_that_goes_back_to_what_it_said_lands_again(warehouse: Engine, tmp_path: Path) -> None:
    right, wrong = "id,name\n1,Right\n", "id,name\n1,Wrong\n"
    land(warehouse, tmp_path, SCHOOL, "schools.csv", right)
    land(warehouse, tmp_path, SCHOOL, "schools.csv", wrong, TUESDAY)
    assert counts(land(warehouse, tmp_path, SCHOOL, "schools.csv", right, WEDNESDAY)) == (1, 1, 0, 0, 0)
    assert rows(warehouse, "select name from landing.sis_school where _superseded_on is null") == [("Right",)]


def test_a_correction_in_history_ends_the_version_before_it(warehouse: Engine, tmp_path: Path) -> None:
    """Both files come on the first day: the absence was believed from 2 October, and corrected on the 20th."""
    header = "student,school,day,code,posted\n"
    land(warehouse, tmp_path, ATTENDANCE, "a.csv", header + "7,A,2025-10-01,AU,2025-10-02\n")
    land(warehouse, tmp_path, ATTENDANCE, "b.csv", header + "7,A,2025-10-01,P,2025-10-20\n")
    assert rows(
        warehouse, "select code, _known_on, _superseded_on from landing.sis_attendance_event order by _known_on"
    ) == [("AU", dt.date(2025, 10, 2), dt.date(2025, 10, 20)), ("P", dt.date(2025, 10, 20), None)]


def test_two_states_of_a_ledger_on_the_first_day_count_once(warehouse: Engine, tmp_path: Path) -> None:
    line = "2019,100,A,{},3/16/2019\n"
    land(warehouse, tmp_path, LEDGER, "a.csv", LEDGER_HEADER + line.format("5.00"))
    land(warehouse, tmp_path, LEDGER, "b.csv", LEDGER_HEADER + line.format("7.00"))
    then = "where _known_on < '2019-06-30' and (_superseded_on is null or _superseded_on >= '2019-06-30')"
    assert rows(warehouse, f"select sum(amount) from landing.finance_ledger_line {then}") == [(Decimal("7.00"),)]


def test_a_ledger_that_was_cut_short_is_held(warehouse: Engine, tmp_path: Path) -> None:
    lines = [f"2019,100,A,{n}.00,3/16/2019\n" for n in range(100)]
    land(warehouse, tmp_path, LEDGER, "ledger.csv", LEDGER_HEADER + "".join(lines))
    with pytest.raises(SchoolhouseError, match="lacks 60 of the 100 current rows"):
        land(warehouse, tmp_path, LEDGER, "ledger.csv", LEDGER_HEADER + "".join(lines[:40]), TUESDAY)
    # Lines that were corrected went and came: nothing is missing.
    corrected = "".join(lines[:60]) + "".join(f"2019,100,A,{n}.50,3/16/2019\n" for n in range(60, 100))
    assert counts(land(warehouse, tmp_path, LEDGER, "ledger.csv", LEDGER_HEADER + corrected, TUESDAY))[1:] == (
        40, 60, 0, 40,
    )  # fmt: skip


def test_a_row_posted_before_the_known_version_is_refused(warehouse: Engine, tmp_path: Path) -> None:
    """An older state of a delta file under another name: what it says the same is unchanged, the rest is old."""
    header = "student,school,day,code,posted\n"
    now = "s1,A,2026-02-02,AE,2026-02-09\ns2,A,2026-02-02,AU,2026-02-03\n"
    then = "s1,A,2026-02-02,AU,2026-02-03\ns2,A,2026-02-02,AU,2026-02-03\n"
    assert counts(land(warehouse, tmp_path, ATTENDANCE, "a.csv", header + now)) == (2, 2, 0, 0, 0)
    assert counts(land(warehouse, tmp_path, ATTENDANCE, "b.csv", header + then)) == (2, 0, 1, 1, 0)
    assert quarantine(warehouse) == [
        (2, None, None, "the row was posted on 2026-02-03, before the known version of 2026-02-09"),
    ]
    versions = "select student_id, code from landing.sis_attendance_event where _superseded_on is null order by 1"
    assert rows(warehouse, versions) == [("s1", "AE"), ("s2", "AU")]


def test_a_renamed_column_is_found_under_either_name(warehouse: Engine, tmp_path: Path) -> None:
    given = {**SCHOOL, "columns": {"school_id": "id", "name": {"from": ["name", "school_name"]}}}
    assert counts(land(warehouse, tmp_path, given, "a.csv", "id,name\n1,A\n2,B\n")) == (2, 2, 0, 0, 0)
    renamed = land(warehouse, tmp_path, given, "b.csv", "id,school_name\n1,A\n2,C\n", TUESDAY)
    assert counts(renamed) == (2, 1, 1, 0, 0)
    with pytest.raises(
        SchoolhouseError, match=r"the file has no column 'name' or 'school_name'. Its columns: id, title"
    ):
        land(warehouse, tmp_path, given, "c.csv", "id,title\n1,A\n", TUESDAY)
    with pytest.raises(SchoolhouseError, match="the file has 2 of the columns 'name' or 'school_name'"):
        land(warehouse, tmp_path, given, "d.csv", "id,name,school_name\n1,A,A\n", TUESDAY)


def test_a_contract_may_have_a_column_called_line(warehouse: Engine, tmp_path: Path) -> None:
    given = {
        "contract": "finance.school_allocation",
        "columns": {"school_id": "school", "fiscal_year": "year", "line": "line", "amount": "amount"},
    }
    content = "school,year,line,amount\n1,2026,base,5\n1,2026,base,6\n1,2026,grade,x\n"
    assert counts(land(warehouse, tmp_path, given, "a.csv", content)) == (3, 1, 0, 2, 0)
    assert rows(warehouse, "select line, amount, _line from landing.finance_school_allocation") == [
        ("base", Decimal("6.00"), 3)
    ]
    assert [row[0] for row in quarantine(warehouse)] == [2, 4]


def test_dates_in_several_layouts(warehouse: Engine, tmp_path: Path) -> None:
    columns = {**LEDGER["columns"], "posted_on": {"from": "date", "date": ["M/D/YYYY", "YYYY-MM-DD", "YYYYMMDD"]}}  # type: ignore[dict-item]
    given = {**LEDGER, "columns": columns}
    content = LEDGER_HEADER + (
        "2019,100,A,1,3/16/2019\n2019,100,A,2,2019-03-16\n2019,100,A,3,20190316\n2019,100,A,4,16.03.2019\n"
    )
    assert counts(land(warehouse, tmp_path, given, "l.csv", content)) == (4, 3, 0, 1, 0)
    assert rows(warehouse, "select distinct posted_on from landing.finance_ledger_line") == [(dt.date(2019, 3, 16),)]
    reason = "is not a date written M/D/YYYY or YYYY-MM-DD or YYYYMMDD"
    assert quarantine(warehouse) == [(5, "date", "16.03.2019", reason)]
    columns["posted_on"] = {"from": "date", "date": ["MM/DD/YYYY", "DD/MM/YYYY"]}
    with pytest.raises(SchoolhouseError, match="MM/DD/YYYY and DD/MM/YYYY cannot be told apart"):
        land(warehouse, tmp_path, {**LEDGER, "columns": columns}, "m.csv", content)


def test_a_snapshot_ends_what_disappeared_but_not_what_was_refused(warehouse: Engine, tmp_path: Path) -> None:
    land(warehouse, tmp_path, SCHOOL, "a.csv", "id,name\n1,A\n2,B\n3,C\n")
    result = land(warehouse, tmp_path, SCHOOL, "b.csv", "id,name\n1,A\n2,\n", TUESDAY)
    assert counts(result) == (2, 0, 1, 1, 1)
    assert rows(warehouse, "select school_id, _superseded_on from landing.sis_school order by 1") == [
        ("1", None),
        ("2", None),
        ("3", TUESDAY),
    ]
    # Line 3 might be any school: with it in the file nobody can say that 2 has gone.
    unreadable = land(warehouse, tmp_path, SCHOOL, "c.csv", "id,name\n1,A\n,B\n", WEDNESDAY)
    assert counts(unreadable) == (2, 0, 1, 1, 0)


def test_a_snapshot_that_shrinks_too_much_is_held(warehouse: Engine, tmp_path: Path) -> None:
    many = "id,name\n" + "".join(f"{n},S{n}\n" for n in range(100))
    few = "id,name\n" + "".join(f"{n},S{n}\n" for n in range(79))
    enough = "id,name\n" + "".join(f"{n},S{n}\n" for n in range(80))
    land(warehouse, tmp_path, SCHOOL, "a.csv", many)
    with pytest.raises(SchoolhouseError, match="lacks 21 of the 100 current rows"):
        land(warehouse, tmp_path, SCHOOL, "b.csv", few, TUESDAY)
    assert counts(land(warehouse, tmp_path, SCHOOL, "c.csv", enough, TUESDAY)) == (80, 0, 80, 0, 20)


def test_a_partition_leaves_the_other_years_alone(warehouse: Engine, tmp_path: Path) -> None:
    given = {**LEDGER, "partition": "fiscal_year"}
    land(warehouse, tmp_path, given, "2018.csv", LEDGER_HEADER + "2018,100,A,1,7/1/2017\n")
    result = land(warehouse, tmp_path, given, "2019.csv", LEDGER_HEADER + "2019,100,A,2,7/1/2018\n", TUESDAY)
    assert counts(result) == (1, 1, 0, 0, 0)
    replaced = land(warehouse, tmp_path, given, "2019b.csv", LEDGER_HEADER + "2019,100,A,3,7/1/2018\n", TUESDAY)
    assert counts(replaced) == (1, 1, 0, 0, 1)
    assert rows(
        warehouse,
        "select fiscal_year, amount from landing.finance_ledger_line where _superseded_on is null order by 1",
    ) == [(2018, Decimal("1.00")), (2019, Decimal("3.00"))]


def test_rows_repeated_in_a_file(warehouse: Engine, tmp_path: Path) -> None:
    content = "id,name\n1,A\n1,A\n2,B\n2,Other\n"
    assert counts(land(warehouse, tmp_path, SCHOOL, "a.csv", content)) == (4, 2, 1, 1, 0)
    assert quarantine(warehouse) == [(4, None, None, "the row has the same school_id as line 5 with other values")]
    assert rows(warehouse, "select name from landing.sis_school order by school_id") == [("A",), ("Other",)]


def test_wide_files_become_long_and_dropped_columns_never_land(warehouse: Engine, tmp_path: Path) -> None:
    given = {
        "contract": "state.student_race_share",
        "columns": {"school_id": "org", "school_year": "year"},
        "unpivot": {
            "names": "race_group",
            "values": "share",
            "scale": 0.01,
            "columns": {"W": "white", "H": "hispanic"},
        },
        "drop": ["principal"],
    }
    content = "org,year,W,H,principal,note\n1,2014,29.7,4.6,Jane Roe,x\n2,2014,,150,Jane Roe,\n"
    assert counts(land(warehouse, tmp_path, given, "a.csv", content)) == (4, 2, 0, 2, 0)
    assert rows(warehouse, "select race_group, share, _extra from landing.state_student_race_share order by 1") == [
        ("hispanic", Decimal("0.046000"), {"note": "x"}),
        ("white", Decimal("0.297000"), {"note": "x"}),
    ]
    assert [reason for *_, reason in quarantine(warehouse)] == ["is missing", "is above 1"]
    assert rows(warehouse, "select unmapped_columns from ops.load") == [(["note"],)]
    everything = rows(warehouse, "select raw::text || problems::text from ops.quarantine")
    assert not any("Jane" in line for (line,) in everything)


def test_loads_go_forward_only(warehouse: Engine, tmp_path: Path) -> None:
    land(warehouse, tmp_path, SCHOOL, "a.csv", "id,name\n1,A\n", TUESDAY)
    with pytest.raises(SchoolhouseError, match="was last loaded as of 2026-03-03"):
        land(warehouse, tmp_path, SCHOOL, "b.csv", "id,name\n1,B\n", MONDAY)


def test_the_source_file_is_kept_by_hash(warehouse: Engine, tmp_path: Path) -> None:
    import zlib

    content = b"id,name\n1,A\n"
    land(warehouse, tmp_path, SCHOOL, "a.csv", content)
    [(part,)] = rows(warehouse, "select content from ops.source_file_part")
    assert zlib.decompress(part) == content


ROSTER = {**SCHOOL, "mode": "delta", "deletes": {"status": ["tobedeleted"]}}


def test_a_row_marked_as_deleted_ends_the_current_one(warehouse: Engine, tmp_path: Path) -> None:
    header = "id,name,status\n"
    land(warehouse, tmp_path, ROSTER, "a.csv", header + "1,A,active\n2,B,active\n3,C,active\n")
    # One known row goes (its name need not be there), one unknown goes, one changes, one says the same.
    result = land(
        warehouse,
        tmp_path,
        ROSTER,
        "b.csv",
        header + "1,,tobedeleted\n9,,tobedeleted\n2,Z,active\n3,C,active\n",
        TUESDAY,
    )
    assert counts(result) == (4, 2, 2, 0, 1)
    current = "select school_id, name from landing.sis_school where _superseded_on is null order by 1"
    assert rows(warehouse, current) == [("2", "Z"), ("3", "C")]
    ended = "select school_id, _superseded_on from landing.sis_school where _superseded_on is not null order by 1"
    assert rows(warehouse, ended) == [("1", TUESDAY), ("2", TUESDAY)]


def test_a_deletion_without_its_key_is_refused(warehouse: Engine, tmp_path: Path) -> None:
    result = land(warehouse, tmp_path, ROSTER, "a.csv", "id,name,status\n,A,tobedeleted\n")
    assert counts(result) == (1, 0, 0, 1, 0)
    assert rows(warehouse, "select column_name, reason from ops.quarantine") == [("id", "is missing")]


def test_of_a_row_and_its_deletion_in_one_file_the_later_counts(warehouse: Engine, tmp_path: Path) -> None:
    lines = "id,name,status\n1,A,tobedeleted\n1,B,active\n2,A,active\n2,,tobedeleted\n"
    assert counts(land(warehouse, tmp_path, ROSTER, "a.csv", lines)) == (4, 1, 3, 0, 0)
    assert rows(warehouse, "select school_id, name from landing.sis_school") == [("1", "B")]


def test_json_lines_are_spread_over_dotted_names(warehouse: Engine, tmp_path: Path) -> None:
    given = {
        "contract": "finance.budget_transfer",
        "mode": "delta",
        "each": "lines",
        "columns": {
            "transfer_id": "id",
            "account_code": {"join": ["lines.fund", "lines.object"], "separator": "."},
            "fiscal_year": "year",
            "amount": "lines.amount",
            "posted_on": "meta.posted",
        },
    }
    content = (
        '{"id":7,"year":2026,"meta":{"posted":"2026-01-05"},"lines":[{"fund":"01","object":"511","amount":10.10},'
        '{"fund":"01","object":"512","amount":-10.10}],"tags":[{"t":"x"},{"t":"y"}]}\n'
        "not json\n"
        '{"id":8,"year":2026,"meta":{"posted":"2026-01-06"},"lines":[{"object":"513","amount":1e3}]}\n'
    )
    result = land(warehouse, tmp_path, given, "a.jsonl", content)
    assert counts(result) == (4, 2, 0, 2, 0)
    landed = (
        "select transfer_id, account_code, amount, _extra from landing.finance_budget_transfer order by _version_id"
    )
    assert rows(warehouse, landed) == [
        ("7", "01.511", Decimal("10.10"), {"tags": '["x","y"]'}),
        ("7", "01.512", Decimal("-10.10"), {"tags": '["x","y"]'}),
    ]
    refused = rows(warehouse, "select line, reason, raw from ops.quarantine order by line")
    assert [row[0] for row in refused] == [2, 3]
    assert refused[0][1].startswith("the row is not JSON") and refused[0][2] == {"(further cells)": ["not json"]}
    assert refused[1][1] == "is not a number"


def test_an_account_mask_fills_its_segments(warehouse: Engine, tmp_path: Path) -> None:
    given = {
        "contract": "finance.account",
        "account_mask": {
            "from": "Account",
            "mask": "FF.UUUU-OOO",
            "segments": {"F": "fund", "U": "function", "O": "object"},
        },
        "columns": {
            "account_code": "Account",
            "service": {"from": "Text", "patterns": {"^Sal": "salaries", "[Bb]us": "transport"}},
        },
    }
    content = "Account,Text\n01.2305-511,Salaries\n02.3300-600,School buses\n01.2305.511,Salaries\n01.2305-512,Other\n"
    assert counts(land(warehouse, tmp_path, given, "a.csv", content)) == (4, 2, 0, 2, 0)
    landed = "select fund, function, object, service from landing.finance_account order by account_code"
    assert rows(warehouse, landed) == [("01", "2305", "511", "salaries"), ("02", "3300", "600", "transport")]
    reasons = [row[0] for row in rows(warehouse, "select reason from ops.quarantine order by line")]
    assert reasons[0].startswith("does not match ^") and reasons[1].startswith("matches none of the patterns")


def test_what_must_never_land_is_nowhere_in_the_warehouse(warehouse: Engine, tmp_path: Path) -> None:
    given = {**SCHOOL, "never_land": ["principal"], "keep_files": False}
    land(warehouse, tmp_path, given, "a.csv", "id,name,principal\n1,A,Grimes\n,B,Grimes\n")
    assert rows(warehouse, "select sha256 is not null, bytes from ops.source_file") == [(True, 39)]
    assert rows(warehouse, "select count(*) from ops.source_file_part") == [(0,)]
    kept = rows(warehouse, "select _extra::text from landing.sis_school union all select raw::text from ops.quarantine")
    assert "Grimes" not in str(kept)


def test_a_change_that_takes_a_row_out_of_the_feed_ends_it(warehouse: Engine, tmp_path: Path) -> None:
    given = {**SCHOOL, "mode": "delta", "where": {"kind": ["school"]}}
    header = "id,name,kind\n"
    assert counts(land(warehouse, tmp_path, given, "a.csv", header + "1,A,school\n2,B,school\n3,C,office\n")) == (
        2, 2, 0, 0, 0,
    )  # fmt: skip
    # 1 becomes an office; 3 stays one; 9 was never here; a row without its key tells nothing; 2 is there twice.
    content = header + "1,A,office\n3,C2,office\n9,X,office\n,Y,office\n2,B,office\n2,B,school\n"
    assert counts(land(warehouse, tmp_path, given, "b.csv", content, TUESDAY)) == (2, 1, 1, 0, 1)
    assert rows(warehouse, "select rows_read, filtered from ops.load order by load_id") == [(2, 1), (2, 4)]
    current = "select school_id from landing.sis_school where _superseded_on is null"
    assert rows(warehouse, current) == [("2",)]
