"""A list as a file that spreadsheets open: what the person may see, and what to mind about it."""

import csv
import datetime as dt
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from sqlalchemy import Connection

from include.desk.queries import note_disclosure
from include.errors import SchoolhouseError

CSV, XLSX = "csv", "xlsx"
MEDIA_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# With one of these in front a spreadsheet works a cell out instead of showing it. Full-width signs count too: some
# programs take them for the narrow ones.
FORMULA = ("=", "+", "-", "@")
BEFORE_FORMULA = re.compile(r"[\s\x00-\x1f\u200b-\u200f\u2060\ufeff]*")


@dataclass(frozen=True)
class About:
    """What stands above the rows. as_of: the day that the list looks from. made_on: the day of the export."""

    title: str
    version: str
    as_of: dt.date
    made_on: dt.date
    made_for: str
    notice: str

    def lines(self) -> list[tuple[str, ...]]:
        """The lines above the rows, each as its cells."""
        return [
            (self.title,),
            ("List", self.version),
            ("As of", self.as_of.isoformat()),
            ("Exported", self.made_on.isoformat(), self.made_for),
            (self.notice,),
        ]

    def file_name(self, kind: str) -> str:
        """Letters, digits, dots and dashes only: it stands in a header and in the log of disclosures."""
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", self.version).strip("-.")
        return f"{stem or 'list'}.{self.made_on.isoformat()}.{kind}"


def is_formula(value: str) -> bool:
    """Whether a spreadsheet would work the text out, blanks and control characters in front left aside."""
    rest = BEFORE_FORMULA.sub("", value, count=1)
    return unicodedata.normalize("NFKC", rest[:1]).startswith(FORMULA)


def write_export(kind: str, about: About, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The file, `csv` or `xlsx`; a row has one value for each column.

    Text that a spreadsheet would take for a formula is kept as text: in CSV, where there is no other way, with an
    apostrophe in front. Raises SchoolhouseError for another kind.
    """
    if kind == CSV:
        return _csv(about, columns, rows)
    if kind == XLSX:
        return _xlsx(about, columns, rows)
    raise SchoolhouseError(f"There is no export as {kind!r}: there are {CSV} and {XLSX}.")


def note_export(
    connection: Connection, reader: str, students: Sequence[str], file_name: str, interest: str
) -> UUID | None:
    """Write into the log of disclosures whose rows the reader takes out; returns the ticket, None for no student.

    Commit before the file goes out: what could be rolled back with it would say nothing. Raises a database error
    where the session is not the reader's, or where `interest` says nothing.
    """
    if not students:
        return None
    return note_disclosure(connection, reader, "export", list(dict.fromkeys(students)), file_name, interest)


def _csv(about: About, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    # Spreadsheets read a file without a byte order mark in the encoding of the machine.
    file = io.StringIO("\ufeff", newline="")
    file.seek(0, io.SEEK_END)
    writer = csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    for row in (*about.lines(), (), columns, *rows):
        writer.writerow([_harmless(value) for value in row])
    return file.getvalue().encode()


def _harmless(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    as_text = value.isoformat() if isinstance(value, dt.date) else str(value)
    return f"'{as_text}" if is_formula(as_text) else as_text


def _xlsx(about: About, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("List")
    above = about.lines()
    sheet.freeze_panes = f"A{len(above) + 3}"
    for line in (*above, ()):
        sheet.append([_cell(sheet, value) for value in line])
    sheet.append([_cell(sheet, value, is_bold=True) for value in columns])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: Any, is_bold: bool = False) -> WriteOnlyCell:
    if value is None or isinstance(value, int | float | Decimal | dt.date):
        cell = WriteOnlyCell(sheet, value)
    else:
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", str(value)))
        # As text, whatever it begins with; the prefix keeps it text when somebody edits the cell.
        cell.data_type = "s"
        cell.quotePrefix = True
    if is_bold:
        cell.font = Font(bold=True)
    return cell
