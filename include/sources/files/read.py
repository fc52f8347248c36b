"""Read delimited files and workbooks as rows of text, damage included.

Knows nothing of contracts, of the warehouse or of Airflow.
"""

import csv
import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import openpyxl

from include.errors import SchoolhouseError
from include.sources.files.json_lines import json_lines
from include.sources.files.row import Row, readable

LONGEST_CELL = 16 * 1024 * 1024
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Layout:
    """How a file is written.

    member: of a zip. sheet: of a workbook. columns: names that the rows of a file without a header (JSON lines) may
    have although none of them does. each: of JSON lines, the path of a list whose elements are the rows.
    """

    encoding: str = "utf-8"
    delimiter: str = ","
    member: str | None = None
    sheet: str | None = None
    columns: tuple[str, ...] = ()
    each: str | None = None


@contextmanager
def open_table(path: Path, layout: Layout) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """The header and the rows of one file: csv or jsonl, either as .gz too, a member of a zip, or a sheet of an xlsx.

    Raises SchoolhouseError for a file that is empty, damaged as a whole, or lacks the member or sheet.
    """
    try:
        if path.suffix == ".xlsx":
            yield _workbook(path, layout)
            return
        if ".jsonl" in path.suffixes:
            with _open_bytes(path, layout) as first, _open_bytes(path, layout) as second:
                yield json_lines(first, second, layout.columns, layout.each)
            return
        with _open_bytes(path, layout) as raw, _open_text(path, raw, layout) as text:
            yield _delimited(path, text, layout.delimiter)
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zipfile.LargeZipFile) as error:
        raise SchoolhouseError(f"{path.name} is cut short or not what its name says: {error}") from error


@contextmanager
def _open_bytes(path: Path, layout: Layout) -> Iterator[IO[bytes]]:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            wanted = layout.member or (names[0] if len(names) == 1 else None)
            if wanted is None or wanted not in names:
                raise SchoolhouseError(
                    f"{path.name} holds no {layout.member or 'single file'}: it holds {', '.join(names[:20])}."
                )
            with archive.open(wanted) as member:
                yield member
    elif path.suffix == ".gz":
        with gzip.open(path) as unpacked:
            yield unpacked  # type: ignore[misc]
    else:
        # Without a buffer the lines of JSON would be read byte by byte.
        with path.open("rb") as file:
            yield file


def _open_text(path: Path, raw: IO[bytes], layout: Layout) -> io.TextIOWrapper:
    buffered = io.BufferedReader(raw, 1 << 20)  # type: ignore[type-var]
    start = buffered.peek(4)[:4]
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if start.startswith(mark)), layout.encoding)
    try:
        return io.TextIOWrapper(buffered, encoding=encoding, errors="surrogateescape", newline="")
    except LookupError:
        raise SchoolhouseError(f"{path.name}: no encoding is called {encoding!r}.") from None


def _delimited(path: Path, text: io.TextIOWrapper, delimiter: str) -> tuple[list[str], Iterator[Row]]:
    csv.field_size_limit(LONGEST_CELL)
    records = csv.reader(text, delimiter=delimiter)
    try:
        header = next((record for record in records if record), None)
    except csv.Error as error:
        raise SchoolhouseError(f"{path.name}, line {records.line_num}: {error}.") from error
    if header is None:
        raise SchoolhouseError(f"{path.name} is empty: it has no header line.")
    return _unique([readable(name) for name in header]), _records(path, records, header, text.encoding)


def _records(path: Path, records: Any, header: list[str], encoding: str) -> Iterator[Row]:
    width = len(header)
    line = records.line_num + 1
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            raise SchoolhouseError(f"{path.name}, line {line}: {error}.") from error
        except UnicodeError as error:
            raise SchoolhouseError(f"{path.name}, after line {line}: not {encoding}: {error}.") from error
        start, line = line, records.line_num + 1
        if not record:
            continue
        yield _row(start, record, header, width, encoding)


def _row(line: int, record: list[str], header: list[str], width: int, encoding: str) -> Row:
    damage = None
    overflow = None
    if len(record) != width:
        damage = f"has {len(record)} columns where the header has {width}"
        overflow = [readable(cell) for cell in record[width:]] or None
        record = record[:width] + [""] * (width - len(record))
    elif record == header:
        damage = "repeats the header"
    joined = "".join(record)
    if not joined.isascii() or "\x00" in joined:
        if any("\udc80" <= letter <= "\udcff" for letter in joined):
            column = next(name for name, cell in zip(header, record, strict=True) if readable(cell) != cell)
            damage = f"is not {encoding} in column {column}: name the file's encoding in district.yml"
        elif "\x00" in joined:
            damage = "holds a NUL byte"
        record = [readable(cell) for cell in record]
    return Row(line, [cell.strip() or None for cell in record], damage, overflow)


def _unique(header: list[str]) -> list[str]:
    """Column names stripped, with `(2)`, `(3)` after a name that comes again and a name for unnamed ones."""
    seen: dict[str, int] = {}
    names = []
    for position, name in enumerate(header, 1):
        stripped = name.strip() or f"column {position}"
        seen[stripped] = seen.get(stripped, 0) + 1
        names.append(stripped if seen[stripped] == 1 else f"{stripped} ({seen[stripped]})")
    return names


def _workbook(path: Path, layout: Layout) -> tuple[list[str], Iterator[Row]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    if layout.sheet is not None and layout.sheet not in book.sheetnames:
        raise SchoolhouseError(f"{path.name} has no sheet {layout.sheet!r}: it has {', '.join(book.sheetnames)}.")
    sheet = book[layout.sheet or book.sheetnames[0]]
    records = enumerate(([_as_text(value) for value in row] for row in sheet.iter_rows(values_only=True)), 1)
    filled = ((line, record) for line, record in records if any(record))
    first = next(filled, None)
    if first is None:
        raise SchoolhouseError(f"{path.name} is empty: the sheet {sheet.title!r} has no header.")
    header = first[1]
    while header and not header[-1]:
        header.pop()
    width = len(header)

    def rows() -> Iterator[Row]:
        for line, record in filled:
            while len(record) > width and not record[-1]:
                record.pop()
            record += [""] * (width - len(record))
            yield _row(line, record, header, width, "a workbook")

    return _unique(header), rows()


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
