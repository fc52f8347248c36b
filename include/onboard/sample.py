"""A sample of a file, and how the file is written."""

import codecs
import csv
import gzip
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import openpyxl

from include.errors import SchoolhouseError
from include.sources.files.read import Layout, open_table

SAMPLE_ROWS = 5_000
BLOCK = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
PROBED_LINES = 50


@dataclass(frozen=True)
class Sample:
    """path: of the file. columns: the values of each column of the first rows, those of damaged rows left out."""

    path: Path
    layout: Layout
    columns: dict[str, list[str | None]]
    rows: int
    damaged: int


def samples(path: Path, member: str | None, sheet: str | None) -> Iterator[Sample]:
    """A sample of the file; of every member of a zip, or sheet of a workbook, that has a table, unless one is named.

    Raises SchoolhouseError where the file, member or sheet is not there, or nothing in it is a table.
    """
    if not path.is_file():
        raise SchoolhouseError(f"There is no file {path}.")
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        parts = [Layout(sheet=name) for name in ([sheet] if sheet else book.sheetnames)]
        book.close()
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
        parts = [_text_layout(path, name) for name in ([member] if member else names)]
    elif ".jsonl" in path.suffixes:
        parts = [Layout()]
    else:
        parts = [_text_layout(path, None)]
    found = 0
    for layout in parts:
        try:
            sample = _read(path, layout)
        except SchoolhouseError:
            if len(parts) == 1:
                raise
            continue
        found += 1
        yield sample
    if not found:
        raise SchoolhouseError(f"Nothing in {path.name} is a table.")


def _read(path: Path, layout: Layout) -> Sample:
    with open_table(path, layout) as (header, rows):
        columns: dict[str, list[str | None]] = {name: [] for name in header}
        count = damaged = 0
        for row in rows:
            count += 1
            if row.damage is not None:
                damaged += 1
            else:
                for name, cell in zip(header, row.cells, strict=True):
                    columns[name].append(cell)
            if count == SAMPLE_ROWS:
                break
    return Sample(path, layout, columns, count, damaged)


def _text_layout(path: Path, member: str | None) -> Layout:
    encoding, start = _encoding(path, member)
    return Layout(encoding=encoding, delimiter=_delimiter(start), member=member)


@contextmanager
def _bytes(path: Path, member: str | None) -> Iterator[IO[bytes]]:
    try:
        if member is not None:
            with zipfile.ZipFile(path) as archive:
                if member not in archive.namelist():
                    raise SchoolhouseError(f"{path.name} holds no {member}: it holds {', '.join(archive.namelist())}.")
                with archive.open(member) as packed:
                    yield packed
        elif path.suffix == ".gz":
            with gzip.open(path) as unpacked:
                yield unpacked  # type: ignore[misc]
        else:
            with path.open("rb") as file:
                yield file
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise SchoolhouseError(f"{path.name} is cut short or not what its name says: {error}") from error


def _encoding(path: Path, member: str | None) -> tuple[str, str]:
    """The encoding, and the first lines as text.

    One accent may stand in the last line, so all of it is read; and one line may come from elsewhere, so what most
    accents are written in counts.
    """
    with _bytes(path, member) as file:
        first = file.read(BLOCK)
        if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", first.decode("utf-16", "replace")
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        high: set[int] = set()
        sound = unsound = 0
        block = first
        while block:
            if not block.isascii():
                high.update(byte for byte in set(block) if byte >= 0x80)
                letters = [letter for letter in decoder.decode(block) if letter > "\x7f"]
                escaped = sum("\udc80" <= letter <= "\udcff" for letter in letters)
                sound, unsound = sound + len(letters) - escaped, unsound + escaped
            block = file.read(BLOCK)
    if unsound <= sound:
        return "utf-8", first.decode("utf-8-sig", "replace")
    # 80 to 9F are signs of their own on Windows and nothing anybody writes in Latin-1; five of them are neither.
    is_windows = any(byte < 0xA0 for byte in high) and not high & {0x81, 0x8D, 0x8F, 0x90, 0x9D}
    encoding = "cp1252" if is_windows else "latin-1"
    return encoding, first.decode(encoding, "replace")


def _delimiter(start: str) -> str:
    """The sign that gives the most columns, of those that give every line as many as the first."""
    lines = start.splitlines()[:PROBED_LINES]

    def fit(delimiter: str) -> tuple[float, int]:
        records = [record for record in csv.reader(lines, delimiter=delimiter) if record]
        if not records or len(records[0]) < 2:
            return 0.0, 0
        width = len(records[0])
        return round(sum(len(record) == width for record in records) / len(records), 1), width

    return max(DELIMITERS, key=fit)
