"""Files whose bytes depend on their content alone: no clock, no host, no order of a set."""

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook

from include.demo.dirt import CUT, Dirt, Spoiled

# The earliest moment that a zip archive can hold.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)

DATE_STYLES = {
    "iso": "%Y-%m-%d",
    "us": "%m/%d/%Y",
    "compact": "%Y%m%d",
}


@dataclass
class Ledger:
    """What has been written, by feed, for truth.json: rows are good ones and planted ones."""

    feeds: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def note(self, feed: str, file: str, spoiled: Spoiled, taken: int | None = None) -> None:
        """Count a file of a feed. taken: how many of the good rows the feed takes, all by default."""
        good = len(spoiled.table) if taken is None else taken
        refused = sum(planted.fault.outcome == "refused" for planted in spoiled.planted)
        entry = self.feeds.setdefault(feed, {"rows": 0, "refused": 0, "files": {}})
        entry["rows"] += good + len(spoiled.added)
        entry["refused"] += refused
        entry["files"][file] = good + len(spoiled.added)
        self.files.add(file.split("!")[0])


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


def delimited(spoiled: Spoiled, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """The table as delimited text, the planted rows between the good ones."""
    content = spoiled.table.to_csv(index=False, sep=delimiter, lineterminator="\n").encode(encoding)
    if not spoiled.added:
        return content
    # No cell of ours holds a line break, so each ends a row; the first ends the header.
    ends = np.flatnonzero(np.frombuffer(content, np.uint8) == ord("\n")) + 1
    line_encoding = encoding.removesuffix("-sig")  # one mark at the start of the file is enough
    parts, done = [], 0
    for planted in spoiled.added:
        end = "" if planted.fault is CUT else "\n"
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerow(planted.cells or ())
        here = int(ends[planted.at])
        parts += [content[done:here], buffer.getvalue().encode(planted.fault.encoding or line_encoding)]
        done = here
    return b"".join([*parts, content[done:]])


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
            # Stored: what deflating gives depends on the build of zlib.
            info.compress_type = zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[name])
    return buffer.getvalue()


class Writer:
    """Writes feeds below one folder and keeps count of them; `dirt` says what to spoil, None nothing."""

    def __init__(self, out: Path, dirt: Dirt | None = None) -> None:
        self.out = out
        self.dirt = dirt
        self.ledger = Ledger()

    def _spoiled(self, feed: str, file: str, table: pd.DataFrame, taken: np.ndarray | None = None) -> Spoiled:
        return self.dirt.spoil(feed, file, table, taken) if self.dirt else Spoiled(table)

    def csv(
        self,
        feed: str,
        file: str,
        table: pd.DataFrame,
        *,
        delimiter: str = ",",
        encoding: str = "utf-8",
    ) -> None:
        """Write one delimited file, gzipped where its name ends in .gz."""
        spoiled = self._spoiled(feed, file, table)
        again = self.dirt.resent(feed, file, table, spoiled) if self.dirt else ()
        for name, held in [(file, spoiled), *again]:
            content = delimited(held, delimiter, encoding)
            if name.endswith(".gz"):
                content = gzip.compress(content, compresslevel=1, mtime=0)
            _replace(self.out / name, content)
            self.ledger.note(feed, name, held)

    def zip(
        self,
        file: str,
        members: Mapping[str, tuple[str | None, pd.DataFrame]],
        taken: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Write one zip of CSV members: name -> (feed or None where no feed reads it, table).

        taken: of a member from which its feed takes only some rows, which.
        """
        content = {}
        for name, (feed, table) in sorted(members.items()):
            only = (taken or {}).get(name)
            spoiled = self._spoiled(feed, f"{file}!{name}", table, only) if feed else Spoiled(table)
            content[name] = delimited(spoiled)
            if feed:
                self.ledger.note(feed, f"{file}!{name}", spoiled, None if only is None else int(only.sum()))
        _replace(self.out / file, zip_bytes(content))
        self.ledger.files.add(file)

    def xlsx(self, feed: str, file: str, sheet: str, table: pd.DataFrame) -> None:
        """Write one workbook with one sheet: cells keep the Python types of the table."""
        spoiled = self._spoiled(feed, file, table)
        rows = [list(row) for row in spoiled.table.itertuples(index=False, name=None)]
        for offset, planted in enumerate(spoiled.added):
            rows.insert(planted.at + offset, list(planted.cells or ()))
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
        self.ledger.note(feed, file, spoiled)

    def text(self, file: str, content: str) -> None:
        """Write one file that no feed reads."""
        _replace(self.out / file, content.encode("utf-8"))
