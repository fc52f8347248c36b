"""What one more night brings: the rows that are new or changed, or the whole file of a feed that sends whole files."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import yaml

from include.demo.rosters import manifest
from include.demo.writers import Writer
from include.settings import DEFAULT_DISTRICT

DELTA_FOLDER = "delta"
MANIFEST = "manifest.csv"
# At what time of day the student system stamps its changes; it has no clock here.
STAMP = "T04:00:00.000Z"


def delta_feeds() -> frozenset[str]:
    """Names (source.feed) of the generated district's feeds that send only changes."""
    described = yaml.safe_load((DEFAULT_DISTRICT / "district.yml").read_text(encoding="utf-8"))
    return frozenset(
        f"{source}.{name}"
        for source, given in described["sources"].items()
        for name, feed in given["feeds"].items()
        if feed.get("mode") == "delta"
    )


def _hashes(table: pd.DataFrame) -> np.ndarray:
    """A 64-bit number for each row's content [rows]; the same on every machine."""
    return pd.util.hash_pandas_object(table.astype(object), index=False, categorize=False).to_numpy()


class Memory(Writer):
    """Writes nothing and remembers every row: what was known the night before."""

    def __init__(self) -> None:
        super().__init__(Path())
        self.rows: dict[str, np.ndarray] = {}
        self.archives: dict[str, dict[str, pd.DataFrame]] = {}

    def csv(self, feed: str, file: str, table: pd.DataFrame, *, delimiter: str = ",", encoding: str = "utf-8") -> None:
        """Remember the rows."""
        self.rows[file] = _hashes(table)

    def xlsx(self, feed: str, file: str, sheet: str, table: pd.DataFrame) -> None:
        """Remember the rows."""
        self.rows[file] = _hashes(table.astype(str))

    def zip(
        self,
        file: str,
        members: Mapping[str, tuple[str | None, pd.DataFrame]],
        taken: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """Remember the members."""
        self.archives[file] = {name: table for name, (_, table) in members.items()}

    def text(self, file: str, content: str) -> None:
        """Nothing: no feed reads it."""


class Night(Writer):
    """Writes what `before` does not have yet, as of the day `on`; the files are without dirt."""

    def __init__(self, out: Path, before: Memory, on: np.datetime64) -> None:
        super().__init__(out)
        self.before = before
        self.on = on
        self.deltas = delta_feeds()

    def csv(self, feed: str, file: str, table: pd.DataFrame, *, delimiter: str = ",", encoding: str = "utf-8") -> None:
        """The new and changed rows in a file named after the day, or the whole file if it changed at all."""
        known = self.before.rows.get(file, np.zeros(0, np.uint64))
        rows = _hashes(table)
        if feed in self.deltas:
            fresh = ~np.isin(rows, known)
            if fresh.any():
                table = table[fresh].reset_index(drop=True)
                super().csv(feed, self._dated(file), table, delimiter=delimiter, encoding=encoding)
        elif not np.array_equal(rows, known):
            super().csv(feed, file, table, delimiter=delimiter, encoding=encoding)

    def xlsx(self, feed: str, file: str, sheet: str, table: pd.DataFrame) -> None:
        """The whole workbook if it changed at all."""
        if not np.array_equal(_hashes(table.astype(str)), self.before.rows.get(file, np.zeros(0, np.uint64))):
            super().xlsx(feed, file, sheet, table)

    def zip(
        self,
        file: str,
        members: Mapping[str, tuple[str | None, pd.DataFrame]],
        taken: Mapping[str, np.ndarray] | None = None,
    ) -> None:
        """The whole archive if it changed at all, and beside it one with the changes alone."""
        earlier = self.before.archives[file]
        changes = {
            name: self._changes(earlier[name], table) for name, (_, table) in members.items() if name != MANIFEST
        }
        changed = {name: table for name, table in changes.items() if len(table)}
        if not changed:
            return
        super().zip(file, members, taken)
        path = PurePosixPath(file)
        tables: dict[str, tuple[str | None, pd.DataFrame]] = {name: (None, table) for name, table in changed.items()}
        tables[MANIFEST] = (None, manifest({*changed, MANIFEST}, "delta"))
        super().zip(str(path.parent / DELTA_FOLDER / self._dated(path.name)), tables)

    def _dated(self, file: str) -> str:
        """The file's name with the day at its end, which still fits the pattern of its feed."""
        path = PurePosixPath(file)
        stem, _, kinds = path.name.partition(".")
        return str(path.with_name(f"{stem}_{self.on}.{kinds}"))

    def _changes(self, earlier: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
        """The rows to be made or changed (active) and those to be deleted, as the standard marks them."""
        fresh = table[~np.isin(_hashes(table), _hashes(earlier))].assign(status="active")
        gone = earlier[~earlier["sourcedId"].isin(table["sourcedId"])].assign(status="tobedeleted")
        return pd.concat([fresh, gone], ignore_index=True).assign(dateLastModified=f"{self.on}{STAMP}")
