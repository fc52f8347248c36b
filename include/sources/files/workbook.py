"""A sheet of an Excel workbook as rows of text."""

import datetime as dt
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from include.errors import SchoolhouseError
from include.sources.files.delimited import column_names, row_of
from include.sources.files.guard import DAMAGED, MEBIBYTE, damaged
from include.sources.files.layout import Layout
from include.sources.files.row import Row

# Every part but the sheet itself is read into the memory, and grows there about tenfold.
LARGEST_PART = 48 * MEBIBYTE
LARGEST_SHEET = 4096 * MEBIBYTE
# What openpyxl raises for a part that is missing or does not say what it should.
FAULTS = (*DAMAGED, ParseError, KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError)


@contextmanager
def workbook(name: str, file: IO[bytes], layout: Layout) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """The header and the rows of the layout's sheet, else of the first.

    Raises SchoolhouseError for a damaged workbook, one without the sheet, and one that would fill the memory.
    """
    # Two thirds of a second to import, for every feed's task: paid where there is a workbook.
    import openpyxl

    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy, MEBIBYTE)
        try:
            _refuse_bombs(name, copy)
            with warnings.catch_warnings():
                # About styles and extensions, which are not data.
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(copy, read_only=True, data_only=True)
        except FAULTS as error:
            raise damaged(name, error) from error
        if layout.sheet is not None and layout.sheet not in book.sheetnames:
            raise SchoolhouseError(f"{name} has no sheet {layout.sheet!r}: it has {', '.join(book.sheetnames)}.")
        records = _records(name, book, layout.sheet or book.sheetnames[0])
        yield _table(name, records, layout)
        book.close()


def _refuse_bombs(name: str, file: IO[bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        for part in archive.infolist():
            largest = LARGEST_SHEET if part.filename.startswith("xl/worksheets/") else LARGEST_PART
            if part.file_size > largest:
                raise SchoolhouseError(
                    f"{name}: its part {part.filename} expands to {part.file_size // MEBIBYTE:,} MiB, more than can "
                    "be read. Ask the source for CSV."
                )


def _records(name: str, book: Any, sheet: str) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells of each row that is not empty."""
    try:
        rows = book[sheet]
        # What a sheet says of its own size is often wrong.
        rows.reset_dimensions()
        for number, row in enumerate(rows.iter_rows(values_only=True), 1):
            record = [_as_text(value) for value in row]
            if any(record):
                yield number, record
    except FAULTS as error:
        raise damaged(name, error) from error


def _table(name: str, records: Iterator[tuple[int, list[str]]], layout: Layout) -> tuple[list[str], Iterator[Row]]:
    records = ((number, record) for number, record in records if number > layout.skip_lines)
    first = (0, list(layout.header)) if layout.header else next(records, None)
    if first is None:
        raise SchoolhouseError(f"{name} is empty: the sheet has no header.")
    header = first[1]
    while header and not header[-1]:
        header.pop()
    width = len(header)

    def rows() -> Iterator[Row]:
        for number, record in records:
            while len(record) > width and not record[-1]:
                record.pop()
            record += [""] * (width - len(record))
            yield row_of(number, record, header, "a workbook")

    return column_names(name, header), rows()


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)
