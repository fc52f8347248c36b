"""Work out the cells and relations of a release from its tables.

Two cells with the same name are one cell, in whatever table they stand: a name is the count and those codes that are
not the top of their dimension. What nobody prints but anybody can subtract becomes a cell of its own, which is not
asked for but is protected: the complement of a numerator, those outside a programme, totals that were left out.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from include.privacy.policy import PrivacyError
from include.privacy.tables import Dimension, LinkedTables, Split, Sum, Table

# Rows, cells and signs of some relations.
Entries = tuple[np.ndarray, np.ndarray, np.ndarray]


class _Codes:
    """The codes of the dimensions as numbers, since they are compared many times."""

    def __init__(self, table: Table) -> None:
        self.dimensions = table.dimensions
        self.at = {dimension.name: at for at, dimension in enumerate(table.dimensions)}
        self._words: list[list[str]] = []
        self._numbers: list[dict[str, int]] = []
        columns = []
        for dimension in table.dimensions:
            column, words = pd.factorize(table.frame[dimension.name].astype(str).to_numpy(object))
            columns.append(column)
            self._words.append([str(word) for word in words])
            self._numbers.append({str(word): at for at, word in enumerate(words)})
        self.rows = np.stack(columns, axis=1).astype(np.int64)

    def number(self, dimension: str, code: str) -> int:
        """The number of a code, which it gets here if it has none."""
        at = self.at[dimension]
        if code not in self._numbers[at]:
            self._numbers[at][code] = len(self._words[at])
            self._words[at].append(code)
        return self._numbers[at][code]

    def combination(self, rows: np.ndarray, without: str | None = None) -> np.ndarray:
        """One number for the codes of each row, without those of one dimension."""
        combined = np.zeros(len(rows), np.int64)
        for name, at in self.at.items():
            if name != without:
                combined = combined * (len(self._words[at]) + 1) + rows[:, at]
        return combined

    def names(self, count: str, rows: np.ndarray) -> np.ndarray:
        """The count and those codes that are not the top of their dimension, in words."""
        text = np.full(len(rows), count, object)
        for dimension in sorted(self.dimensions, key=lambda one: one.name):
            at = self.at[dimension.name]
            labels = ["" if word == dimension.top else f", {dimension.name} {word}" for word in self._words[at]]
            text = text + np.array(labels, object)[rows[:, at]]
        return text


class _Grid:
    """The cells of one count of one table, with the relations among them."""

    def __init__(self, count: str, codes: _Codes, rows: np.ndarray, value: np.ndarray, is_asked: bool) -> None:
        self.count = self.column = count
        self.codes, self.rows = codes, rows
        self.value = value.astype(np.int64)
        self.is_asked = np.full(len(value), is_asked)
        self.whole = np.zeros(len(value), np.int64)
        self.relations: list[Entries] = []

    def append(self, rows: np.ndarray, dimension: str, code: str, value: np.ndarray) -> np.ndarray:
        """Add cells that nobody asked for, like these but for one code; returns their positions."""
        first, more = len(self.value), np.zeros(len(value), np.int64)
        rows = rows.copy()
        rows[:, self.codes.at[dimension]] = self.codes.number(dimension, code)
        self.rows = np.concatenate([self.rows, rows])
        self.value = np.concatenate([self.value, value.astype(np.int64)])
        self.is_asked = np.concatenate([self.is_asked, more.astype(bool)])
        self.whole = np.concatenate([self.whole, more])
        return np.arange(first, len(self.value))

    def having(self, dimension: str, *codes: str) -> np.ndarray:
        """The cells of these codes."""
        numbers = [self.codes.number(dimension, code) for code in codes]
        return np.flatnonzero(np.isin(self.rows[:, self.codes.at[dimension]], numbers))

    def places(self, dimension: str, code: str) -> dict[int, int]:
        """The cells of one code, by the number of their combination of all other codes."""
        at = self.having(dimension, code)
        return dict(zip(self.codes.combination(self.rows[at], dimension).tolist(), at.tolist(), strict=True))

    def name(self, cell: int) -> str:
        """What one cell counts."""
        return str(self.codes.names(self.count, self.rows[[cell]])[0])


def cell_names(count: str, table: Table) -> np.ndarray:
    """What a count of each row of the table is called, as `link` names it."""
    codes = _Codes(table)
    return codes.names(count, codes.rows)


def link(tables: Sequence[Table]) -> LinkedTables:
    """Put the cells of all tables of a release together, with every relation between them.

    Raises PrivacyError where a column is missing, a count is no whole number of people, a part is larger than its
    whole, parts do not add up, or two tables disagree about a cell.
    """
    grids: list[tuple[_Grid, Table]] = []
    across: list[Entries] = []
    placed: list[list[np.ndarray]] = []
    first = 0
    for table in tables:
        _check(table)
        codes = _Codes(table)
        outer: tuple[_Grid, int] | None = None
        places: list[np.ndarray] = []
        for count in table.counts:
            value = table.frame[count].reset_index(drop=True)
            kept = np.flatnonzero(value.notna())
            grid = _Grid(count, codes, codes.rows[kept], value.iloc[kept].to_numpy(), is_asked=True)
            size = -1
            # A total that is made for one dimension is a part of another's.
            while size < len(grid.value):
                size = len(grid.value)
                for dimension in table.dimensions:
                    for total in dimension.sums:
                        _make_total(grid, dimension, total)
            for dimension in table.dimensions:
                for total in dimension.sums:
                    _note_total(grid, dimension, total)
            for dimension in table.dimensions:
                for split in dimension.splits:
                    _add_rest(grid, dimension, split)
            where = np.full(len(codes.rows), -1)
            where[kept] = first + np.arange(len(kept))
            places.append(where)
            inner, first = (grid, first), first + len(grid.value)
            grids.append((grid, table))
            if outer is not None:
                complement, entries = _complement(outer, inner, first, table)
                first += len(complement.value)
                grids.append((complement, table))
                across.append(entries)
            outer = inner
        placed.append(places)
    return _unite(grids, across, placed)


def _check(table: Table) -> None:
    names = [dimension.name for dimension in table.dimensions]
    missing = [name for name in [*names, *table.counts] if name not in table.frame.columns]
    if missing:
        raise PrivacyError(f"The table has no column {', '.join(missing)}: it has {', '.join(table.frame.columns)}.")
    twice = table.frame.duplicated(names)
    if twice.any():
        raise PrivacyError(
            f"Two rows of the table have the same codes: {table.frame.loc[twice, names].iloc[0].to_dict()}."
        )
    for count in table.counts:
        value = table.frame[count].dropna().astype(float)
        wrong = value[(value < 0) | (value % 1 != 0)]
        if len(wrong):
            raise PrivacyError(f"{count} is no count of people: it has {wrong.iloc[0]:g}.")


def _parts(grid: _Grid, dimension: Dimension, total: Sum) -> tuple[np.ndarray, ...]:
    """The parts of every total, which total's each is, the totals' cells (-1 for none), and what the parts sum to."""
    parts = grid.having(dimension.name, *total.parts)
    groups, row = np.unique(grid.codes.combination(grid.rows[parts], dimension.name), return_inverse=True)
    summed = np.bincount(row, weights=grid.value[parts], minlength=len(groups)).astype(np.int64)
    found = grid.places(dimension.name, total.total)
    return parts, row, np.array([found.get(group, -1) for group in groups.tolist()], np.int64), summed


def _make_total(grid: _Grid, dimension: Dimension, total: Sum) -> None:
    """Make the totals that were left out."""
    parts, row, at, summed = _parts(grid, dimension, total)
    absent = at < 0
    if absent.any():
        first = parts[np.unique(row, return_index=True)[1]][absent]
        grid.append(grid.rows[first], dimension.name, total.total, summed[absent])


def _note_total(grid: _Grid, dimension: Dimension, total: Sum) -> None:
    """Note the relation of every total with its parts."""
    parts, row, at, summed = _parts(grid, dimension, total)
    # Those that another dimension's sum left out have no total: what they add up to follows from their relations.
    known = at >= 0
    parts, row, at, summed = parts[known[row]], (np.cumsum(known) - 1)[row[known[row]]], at[known], summed[known]
    if not len(parts):
        return
    left = grid.value[at] - summed
    if total.is_exact and left.any():
        worst = int(np.flatnonzero(left)[0])
        raise PrivacyError(
            f"{grid.name(at[worst])}: the total is {grid.value[at[worst]]}, and its parts "
            f"({', '.join(total.parts)}) add up to {summed[worst]}. Describe the sum with is_exact=False if people may "
            f"stand in several parts or in none."
        )
    rows, cells = [row, np.arange(len(at))], [parts, at]
    signs = [np.ones(len(parts)), -np.ones(len(at))]
    short = np.flatnonzero(left > 0)
    if len(short):
        rows.append(short)
        cells.append(grid.append(grid.rows[at[short]], dimension.name, f"in no part of {total.total}", left[short]))
        signs.append(np.ones(len(short)))
    grid.relations.append((np.concatenate(rows), np.concatenate(cells), np.concatenate(signs)))


def _add_rest(grid: _Grid, dimension: Dimension, split: Split) -> None:
    """Make the rest of every whole without its part, and note the relation."""
    wholes, parts = grid.places(dimension.name, split.whole), grid.places(dimension.name, split.part)
    both = [group for group in parts if group in wholes]
    if not both:
        return
    whole, part = np.array([wholes[group] for group in both]), np.array([parts[group] for group in both])
    left = grid.value[whole] - grid.value[part]
    if (left < 0).any():
        worst = part[left < 0][0]
        raise PrivacyError(
            f"{grid.name(worst)} counts {grid.value[worst]} people, more than {split.whole}, of which it is a part."
        )
    rest = grid.append(grid.rows[part], dimension.name, f"{split.whole} without {split.part}", left)
    grid.relations.append(_subtraction(whole, part, rest))


def _complement(outer: tuple[_Grid, int], inner: tuple[_Grid, int], start: int, table: Table) -> tuple[_Grid, Entries]:
    """The people of a denominator who are not in the numerator, for every cell that has both."""
    (wide, wide_start), (narrow, narrow_start) = outer, inner
    codes = wide.codes
    _, part, whole = np.intersect1d(
        codes.combination(narrow.rows), codes.combination(wide.rows), assume_unique=True, return_indices=True
    )
    left = wide.value[whole] - narrow.value[part]
    if (left < 0).any():
        worst = part[left < 0][0]
        raise PrivacyError(f"{narrow.name(worst)} counts {narrow.value[worst]} people, more than {wide.count} has.")
    grid = _Grid(f"{wide.count} not {narrow.count}", codes, narrow.rows[part], left, is_asked=False)
    grid.column = narrow.count
    if table.is_outcome(narrow.count):
        grid.whole = wide.value[whole]
    return grid, _subtraction(whole + wide_start, part + narrow_start, start + np.arange(len(left)))


def _subtraction(whole: np.ndarray, part: np.ndarray, rest: np.ndarray) -> Entries:
    row, one = np.arange(len(part)), np.ones(len(part))
    return np.tile(row, 3), np.concatenate([part, rest, whole]), np.concatenate([one, one, -one])


def _unite(grids: list[tuple[_Grid, Table]], across: list[Entries], placed: list[list[np.ndarray]]) -> LinkedTables:
    """Make cells of the same name one."""
    if not grids:
        raise PrivacyError("There is no table to protect.")
    number, names = pd.factorize(np.concatenate([grid.codes.names(grid.count, grid.rows) for grid, _ in grids]))
    value = np.concatenate([grid.value for grid, _ in grids])
    first = np.unique(number, return_index=True)[1]
    disagree = np.flatnonzero(value != value[first][number])
    if len(disagree):
        at = disagree[0]
        raise PrivacyError(
            f"Two tables disagree: {names[number[at]]} is {value[first][number[at]]} in one and {value[at]} in another."
        )
    asked, whole = np.zeros(len(names), bool), np.zeros(len(names), np.int64)
    np.logical_or.at(asked, number, np.concatenate([grid.is_asked for grid, _ in grids]))
    np.maximum.at(whole, number, np.concatenate([grid.whole for grid, _ in grids]))
    columns = np.concatenate([np.full(len(grid.value), grid.column, object) for grid, _ in grids])
    cells = pd.DataFrame(
        {"name": names, "value": value[first], "is_asked": asked, "whole": whole, "count": columns[first]}
    )
    entries, start = list(across), 0
    for grid, _ in grids:
        entries += [(rows, at + start, signs) for rows, at, signs in grid.relations]
        start += len(grid.value)
    relations = _matrix(entries, number, len(cells))
    places = tuple(
        np.stack([np.where(at >= 0, number[np.maximum(at, 0)], -1) for at in places], axis=1) for places in placed
    )
    offsets = relations @ cells["value"].to_numpy(float)
    return LinkedTables(cells, relations, offsets, _within([table for _, table in grids]), places)


def _within(tables: list[Table]) -> dict[str, tuple[str, ...]]:
    """The wider counts of each count, in an order in which every count comes after those that hold it."""
    wider: dict[str, set[str]] = {}
    for table in tables:
        for at, count in enumerate(table.counts):
            wider.setdefault(count, set()).update(table.counts[:at])
    return {count: tuple(wider[count]) for count in sorted(wider, key=lambda one: len(wider[one]))}


def _matrix(entries: list[Entries], number: np.ndarray, width: int) -> sparse.csr_array:
    rows, columns, signs, height = [np.empty(0, int)], [np.empty(0, int)], [np.empty(0)], 0
    for row, at, sign in entries:
        # A count that was collected nowhere has no complement.
        if not len(row):
            continue
        rows.append(row + height)
        columns.append(number[at])
        signs.append(sign)
        height += int(row.max()) + 1
    return sparse.csr_array(
        (np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns))), shape=(height, width)
    )
