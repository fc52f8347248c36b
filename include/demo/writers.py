"""Files whose bytes depend on their content alone: no clock, no host, no order of a set."""

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook

# The earliest moment that a zip archive can hold.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)

DATE_STYLES = {
    "iso": "%Y-%m-%d",
    "us": "%m/%d/%Y",
    "compact": "%Y%m%d",
}


@dataclass(frozen=True)
class DirtyRow:
    """A row that the landing must refuse, as it stands in the file.

    at: how many good rows come before it (the file's length at most).
    cells: the row's cells in the order of the header; more cells than the header is a fault too.
    column: the source's column at fault, None where the whole row is.
    contract_column: the landing column it feeds.
    """

    at: int
    cells: tuple[str, ...]
    column: str | None
    contract_column: str | None
    value: str | None
    why: str


@dataclass
class Ledger:
    """What has been written: rows and planted faults by feed, for truth.json."""

    feeds: dict[str, dict[str, Any]] = field(default_factory=dict)
    dirty: list[dict[str, Any]] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def note(self, feed: str, file: str, good: int, dirty: Sequence[DirtyRow]) -> None:
        """Count a file of a feed; lines are the file's own, the header being line 1."""
        entry = self.feeds.setdefault(feed, {"rows": 0, "good": 0, "dirty": 0, "files": {}})
        entry["rows"] += good + len(dirty)
        entry["good"] += good
        entry["dirty"] += len(dirty)
        entry["files"][file] = good + len(dirty)
        self.files.add(file.split("!")[0])
        for number, row in enumerate(sorted(dirty, key=lambda item: item.at)):
            self.dirty.append(
                {
                    "feed": feed,
                    "file": file,
                    "line": row.at + number + 2,
                    "column": row.column,
                    "contract_column": row.contract_column,
                    "value": row.value,
                    "why": row.why,
                }
            )


def dates(values: Any, style: str = "iso") -> np.ndarray:
    """Text of datetime64 days in one of DATE_STYLES; not-a-time becomes an empty cell."""
    days = np.asarray(values, dtype="datetime64[D]")
    unique, inverse = np.unique(days, return_inverse=True)
    text = np.array(["" if np.isnat(day) else day.item().strftime(DATE_STYLES[style]) for day in unique], dtype=object)
    return text[inverse]


def money(values: Any, thousands: bool = False) -> np.ndarray:
    """Text of cents (whole numbers) as dollars with two decimals."""
    cents = np.asarray(values, dtype=np.int64)
    pattern = "{}{:,}.{:02d}" if thousands else "{}{}.{:02d}"
    return np.array(
        [pattern.format("-" if cent < 0 else "", abs(cent) // 100, abs(cent) % 100) for cent in cents.tolist()],
        dtype=object,
    )


def frame(columns: Mapping[str, Any]) -> pd.DataFrame:
    """A frame of text columns of one length, in the given order."""
    return pd.DataFrame({name: np.asarray(values, dtype=object) for name, values in columns.items()})


def csv_lines(table: pd.DataFrame, delimiter: str, dirty: Sequence[DirtyRow]) -> str:
    """The table as delimited text with the dirty rows between the good ones."""
    text = table.to_csv(index=False, sep=delimiter, lineterminator="\n")
    if not dirty:
        return text
    lines = text.splitlines()
    for offset, row in enumerate(sorted(dirty, key=lambda item: item.at)):
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=delimiter, lineterminator="").writerow(row.cells)
        lines.insert(1 + row.at + offset, buffer.getvalue())
    return "\n".join(lines) + "\n"


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """A zip archive of the members, sorted by name, every one dated ZIP_EPOCH."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()


class Writer:
    """Writes feeds below one folder and keeps count of them."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.ledger = Ledger()

    def csv(
        self,
        feed: str,
        file: str,
        table: pd.DataFrame,
        *,
        delimiter: str = ",",
        encoding: str = "utf-8",
        dirty: Sequence[DirtyRow] = (),
    ) -> None:
        """Write one delimited file, gzipped where its name ends in .gz."""
        content = csv_lines(table, delimiter, dirty).encode(encoding)
        if file.endswith(".gz"):
            content = gzip.compress(content, compresslevel=6, mtime=0)
        _replace(self.out / file, content)
        self.ledger.note(feed, file, len(table), dirty)

    def zip(self, file: str, members: Mapping[str, tuple[str | None, pd.DataFrame]]) -> None:
        """Write one zip of CSV members: name -> (feed or None where no feed reads it, table)."""
        content = {name: csv_lines(table, ",", ()).encode("utf-8") for name, (_, table) in members.items()}
        _replace(self.out / file, zip_bytes(content))
        self.ledger.files.add(file)
        for name, (feed, table) in sorted(members.items()):
            if feed is not None:
                self.ledger.note(feed, f"{file}!{name}", len(table), ())

    def xlsx(self, feed: str, file: str, sheet: str, table: pd.DataFrame, *, dirty: Sequence[DirtyRow] = ()) -> None:
        """Write one workbook with one sheet: cells keep the Python types of the table."""
        rows = [list(row) for row in table.itertuples(index=False, name=None)]
        for offset, row in enumerate(sorted(dirty, key=lambda item: item.at)):
            rows.insert(row.at + offset, list(row.cells))
        book = Workbook(write_only=True)
        page = book.create_sheet(sheet)
        page.append(list(table.columns))
        for cells in rows:
            page.append([None if cell == "" else cell for cell in cells])
        buffer = io.BytesIO()
        book.save(buffer)
        # The library stamps the workbook with the clock, in the archive's entries and in its properties.
        with zipfile.ZipFile(buffer) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        content["docProps/core.xml"] = re.sub(
            rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content["docProps/core.xml"]
        )
        _replace(self.out / file, zip_bytes(content))
        self.ledger.note(feed, file, len(table), dirty)

    def text(self, file: str, content: str) -> None:
        """Write one file that no feed reads."""
        _replace(self.out / file, content.encode("utf-8"))
