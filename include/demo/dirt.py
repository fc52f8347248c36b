"""Spoil clean tables as real exports are spoiled, from a stream of random numbers of its own."""

import datetime as dt
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd

from include.demo.faults import FAULTS, HEADER, RENAMED, RESENT, STRANGERS, WHY_STRANGERS, Fault, Resent

# Keys the stream apart from all others: without the dirt every other byte stays as it is.
STREAM = 0xD127
# Faults of a feed by its rows; each fault of the catalogue is planted once at least.
SHARE = 0.0004
CUT = Fault("cut short", reason="columns where the header has")
OLDER = Fault("older state", reason="before the known version")


@dataclass(frozen=True)
class Planted:
    """One fault in a file. at: the good rows before it, or the position of the good row that it is in.

    cells: the added row, None where a good row is restyled. value: what the cell at fault says.
    """

    fault: Fault
    at: int
    cells: tuple[Any, ...] | None
    column: str | None
    value: str | None


@dataclass(frozen=True)
class Spoiled:
    """A table as it is written, and the faults in it, those before one another first."""

    table: pd.DataFrame
    planted: tuple[Planted, ...] = ()

    def rows(self) -> Iterator[tuple[int, Planted]]:
        """Every fault with its line in the file; the header is line 1."""
        added = 0
        for fault in self.planted:
            yield fault.at + added + 2, fault
            added += fault.cells is not None

    @property
    def added(self) -> list[Planted]:
        """Faults that are rows of their own."""
        return [fault for fault in self.planted if fault.cells is not None]


@dataclass
class Dirt:
    """What is wrong with the files of one export.

    seed: of the district. year: the school year (by its second half) of the day of the export.
    rows, files, strangers: what truth.json says of each planted row, of each renamed or repeated file, and of
    each number that no roster knows.
    """

    seed: int
    year: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    strangers: dict[str, str] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)
    _twice: set[str] = field(default_factory=set)

    def spoil(self, feed: str, file: str, table: pd.DataFrame, taken: np.ndarray | None = None) -> Spoiled:
        """The table with its faults. taken: which of its rows the feed takes, all by default."""
        renamed = RENAMED.get(feed, {}) if self._is_of(file, self.year) else {}
        if renamed:
            table = table.rename(columns=renamed)
            self.files.append({"kind": "renamed columns", "feed": feed, "file": file, "columns": renamed})
        faults = FAULTS.get(feed, ())
        rows = np.arange(len(table)) if taken is None else np.flatnonzero(taken)
        rng = np.random.default_rng([STREAM, self.seed, zlib.crc32(file.encode())])
        rows = rng.permutation(rows)
        each = int(len(rows) * SHARE / max(len(faults), 1)) + (feed not in self._begun)
        self._begun.add(feed)
        planted: list[Planted] = []
        restyled: dict[tuple[int, str], str] = {}
        used: set[int] = set()
        for fault in faults:
            for at in self._places(fault, table, rows, used, each):
                planted.append(self._plant(fault, table, at, renamed))
                if fault.place == "restyled":
                    changes = _changes(fault, _row(table, at), renamed)
                    restyled |= {(at, column): text for column, text in changes.items()}
        if restyled:
            table = table.copy()
            for (at, column), text in restyled.items():
                table.iat[at, list(table.columns).index(column)] = text
        # An added row stands before the good row of its position.
        spoiled = Spoiled(table, tuple(sorted(planted, key=lambda one: (one.at, one.cells is None))))
        self._note(feed, file, spoiled)
        return spoiled

    def resent(self, feed: str, file: str, clean: pd.DataFrame, spoiled: Spoiled) -> Iterator[tuple[str, Spoiled]]:
        """The names under which the file comes once more, with what it holds then."""
        rule = RESENT.get(feed)
        if rule is None or any(entry["kind"] == rule.kind and entry["feed"] == feed for entry in self.files):
            return
        # The very same bytes are those of an earlier year, since nobody notices a file that comes twice in a row.
        wanted = (
            not self._is_of(file, self.year, self.year - 1) if rule.how == "same" else self._is_of(file, self.year - 1)
        )
        if not wanted:
            return
        if rule.how == "same":
            again = spoiled
        else:
            kept = clean.iloc[: max(len(clean) * 2 // 3, 1)].reset_index(drop=True)
            again = _cut(kept) if rule.how == "cut" else _older(kept, rule)
        path = PurePosixPath(file)
        kind, _, year = path.name.partition("_")
        name = str(path.with_name(f"{kind}_resent_{year}"))
        self.files.append({"kind": rule.kind, "feed": feed, "file": name, "of": file})
        self._note(feed, name, again)
        yield name, again

    def truth(self) -> dict[str, Any]:
        """What truth.json says: every planted row, counted; and which marts may have rows of strangers."""
        extra = [mart for row in self.rows if row["value"] in self.strangers for mart in STRANGERS.get(row["feed"], ())]
        return {
            "rows": self.rows,
            "files": self.files,
            "strangers": dict(sorted(self.strangers.items())),
            "why_strangers": WHY_STRANGERS,
            "strangers_in_marts": dict(sorted(Counter(extra).items())),
            "by_kind": dict(sorted(Counter(row["kind"] for row in self.rows).items())),
            "refused_by_reason": dict(sorted(Counter(row["reason"] for row in self.rows if row["reason"]).items())),
        }

    def _is_of(self, file: str, *years: int) -> bool:
        """Whether the file's name carries one of the school or fiscal years."""
        return any(f"{year - 1}-{year % 100:02d}" in file or f"FY{year}" in file for year in years)

    def _places(self, fault: Fault, table: pd.DataFrame, rows: np.ndarray, used: set[int], each: int) -> list[int]:
        """Positions of the good rows that the fault is planted at, `each` where there are so many; they are used up."""
        if fault.kind == "second number" and fault.column:
            numbers = table[fault.column].to_numpy()[rows]
            known = rows[np.isin(numbers.astype(str), sorted(self._twice))]
            rows, each = (known, len(self._twice)) if len(known) else (rows, each)
        if fault.column and (fault.place == "restyled" or "{}" in (fault.value or "")):
            rows = rows[table[fault.column].to_numpy()[rows] != ""]
        chosen = list(islice((at for at in map(int, rows) if at not in used), each))
        used.update(chosen)
        return chosen

    def _plant(self, fault: Fault, table: pd.DataFrame, at: int, renamed: Mapping[str, str]) -> Planted:
        row = _row(table, at)
        changes = _changes(fault, row, renamed)
        column = renamed.get(fault.column, fault.column) if fault.column else None
        value = changes[column] if column else fault.surplus
        if fault.kind == "second number" and fault.column:
            self._twice.add(str(row[fault.column]))
        if fault.kind in ("orphan", "second number") and value:
            self.strangers[value] = fault.kind
        if fault.place == "restyled":
            return Planted(fault, at, None, column, value)
        cells = tuple(table.columns if fault is HEADER else (row | changes).values())
        if fault.surplus:
            cells = (*cells, fault.surplus)
        return Planted(fault, at + (fault.place == "after"), cells, column, value)

    def _note(self, feed: str, file: str, spoiled: Spoiled) -> None:
        for line, planted in spoiled.rows():
            fault = planted.fault
            self.rows.append(
                {
                    "feed": feed,
                    "file": file,
                    "line": line,
                    "kind": fault.kind,
                    "column": planted.column,
                    "contract_column": fault.contract,
                    "value": planted.value,
                    "reason": fault.reason,
                    "outcome": fault.outcome,
                }
            )


def _row(table: pd.DataFrame, at: int) -> dict[str, Any]:
    """The cells of one row by column."""
    return {str(name): column.iat[at] for name, column in table.items()}


def _changes(fault: Fault, row: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, str]:
    """What the cells of the row say with the fault in it, by column."""
    if fault.column is None:
        return {}
    column = renamed.get(fault.column, fault.column)
    said, value = row[column], fault.value or ""
    if "%" in value:
        changed = {column: dt.datetime.strptime(said, "%m/%d/%Y").strftime(value)}
    else:
        changed = {column: value.format(said)}
    changed |= {name: text.format(said) for name, text in fault.others.items()}
    return changed | {name: f"{row[name]}-2" for name in fault.fresh}


def _cut(kept: pd.DataFrame) -> Spoiled:
    """The rows, and once more the last of them, cut in the middle of its last cell but one."""
    *cells, cell, _ = kept.iloc[-1]
    return Spoiled(kept, (Planted(CUT, len(kept), (*cells, cell[: len(cell) // 2]), None, None),))


def _older(kept: pd.DataFrame, rule: Resent) -> Spoiled:
    """The rows, the last of them as it was before it was corrected."""
    last = len(kept) - 1
    before = dt.datetime.strptime(str(kept.at[last, rule.posted]), rule.style) - dt.timedelta(days=14)
    kept.loc[last, [rule.posted, rule.column]] = [before.strftime(rule.style), rule.value]
    return Spoiled(kept, (Planted(OLDER, last, None, rule.column, rule.value),))
