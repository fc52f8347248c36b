"""Try to work out what a release withholds, as a reader would who has a linear programme.

Nothing here is shared with the code that decides, but for `between`, which says what of two releases a reader takes for
the same: it starts from the release, and judges it. For each count that is not printed it asks HiGHS for the least and
the greatest number of people that agree with all that is: no count is negative, parts add up to totals, a percentage
was rounded, and an earlier release said what it said.
"""

from dataclasses import dataclass

import highspy
import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from include.privacy.between import beside
from include.privacy.policy import PrivacyError
from include.privacy.release import Release
from include.privacy.solver import Solver

# Arithmetic of the solver, in people.
SLACK = 1e-6
# Stop guessing many cells at once when a guess settles fewer than this share of those left.
WORTHWHILE = 0.01


@dataclass(frozen=True)
class Finding:
    """A count that a reader can narrow too far. `low` and `high` are people; `because` are published counts used."""

    name: str
    low: int
    high: int
    because: tuple[str, ...]
    is_printed: bool = False

    def __str__(self) -> str:
        if self.is_printed:
            return f"“{self.name}” is printed as {self.low}."
        between = f"exactly {self.low}" if self.low == self.high else f"between {self.low} and {self.high}"
        using = f" It follows from: {'; '.join(self.because)}." if self.because else ""
        return f"“{self.name}” is withheld, but must be {between}.{using}"


def attack(release: Release, min_cell: int, previous: Release | None = None, seed: int = 0) -> list[Finding]:
    """Every count that is printed too small or can be narrowed to fewer than min_cell people, smallest range first.

    A count that somebody would look for and that is withheld counts wherever its range lies; one that is never printed
    (those outside a programme, the complement of a numerator) where it may be 1 to min_cell - 1 people.
    With a previous release, a count of the same name is taken to be unchanged unless the releases show or allow that it
    changed. Raises PrivacyError where the release contradicts itself.
    """
    both = release if previous is None else beside(previous, release)
    try:
        return _findings(both, min_cell, seed)
    except PrivacyError:
        if previous is None:
            raise
    # Something changed where nothing showed: what is withheld is no longer taken to be the same in both.
    return _findings(beside(previous, release, is_suspicious=True), min_cell, seed)


def ranges(release: Release) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest people that each cell can have by all that is published.

    Arrays along the cells, inf where nothing bounds a cell.
    """
    low, high = release.low.astype(float).copy(), release.high.astype(float).copy()
    for cells, rows in _pieces(release):
        programme = _Programme(release, cells, rows)
        for at, cell in enumerate(cells):
            low[cell], high[cell] = programme.extreme(at, -1), programme.extreme(at, 1)
        high[cells[high[cells] >= programme.cap - SLACK]] = np.inf
    return low, high


def _findings(release: Release, min_cell: int, seed: int) -> list[Finding]:
    small = release.is_asked & release.is_shown & (release.low >= 1) & (release.low < min_cell)
    found = [
        Finding(str(release.names[cell]), int(release.low[cell]), int(release.low[cell]), (), is_printed=True)
        for cell in np.flatnonzero(small)
    ]
    for cells, rows in _pieces(release):
        programme = _Programme(release, cells, rows)
        for at in programme.narrow(min_cell, np.random.default_rng(seed)):
            cell = cells[at]
            # Nobody is two thirds of a person.
            low, high = np.ceil(programme.extreme(at, -1) - SLACK), np.floor(programme.extreme(at, 1) + SLACK)
            may_be_small = high >= 1 and low < min_cell
            if high - low < min_cell and (release.is_asked[cell] or may_be_small):
                found.append(Finding(str(release.names[cell]), int(low), int(high), programme.reasons(at)))
    return sorted(found, key=lambda one: (one.high - one.low, one.name))


def _pieces(release: Release) -> list[tuple[np.ndarray, np.ndarray]]:
    """The cells that are not printed and their relations, in sets that have none in common."""
    hidden = np.flatnonzero(~release.is_shown)
    inside = release.relations[:, hidden]
    rows = np.flatnonzero(np.diff(inside.indptr))
    shown = np.flatnonzero(np.diff(inside.indptr) == 0)
    off = release.relations[shown] @ np.where(release.is_shown, release.low, 0.0) - release.offsets[shown]
    if np.any(np.abs(off) > SLACK):
        row = release.relations[[shown[int(np.argmax(np.abs(off)))]]]
        names = "; ".join(str(release.names[cell]) for cell in row.indices)
        raise PrivacyError(f"The release contradicts itself: these do not add up: {names}.")
    if not len(hidden):
        return []
    pattern = abs(inside[rows])
    _, label = connected_components(pattern.T @ pattern, directed=False)
    of_row = label[pattern.indices[pattern.indptr[:-1]]]
    order, row_order = np.argsort(label, kind="stable"), np.argsort(of_row, kind="stable")
    cut = np.flatnonzero(np.diff(label[order])) + 1
    row_cut = np.searchsorted(of_row[row_order], np.arange(1, label.max() + 1))
    return [
        (hidden[some], rows[theirs])
        for some, theirs in zip(np.split(order, cut), np.split(row_order, row_cut), strict=True)
    ]


class _Programme:
    """All counts of one piece that agree with what is published."""

    def __init__(self, release: Release, cells: np.ndarray, rows: np.ndarray) -> None:
        self.release, self.rows, self.size = release, rows, len(cells)
        self.is_asked = release.is_asked[cells]
        relations = release.relations[rows]
        known = np.where(release.is_shown, release.low, 0.0)
        left = release.offsets[rows] - relations @ known
        # No count can be larger than all that is printed together, except where nothing bounds it at all.
        self.cap = 10.0 * known[np.unique(relations.indices)].sum() + 1e4
        self.low = release.low[cells]
        self.high = np.minimum(release.high[cells], self.cap)
        self.seen_low, self.seen_high = np.full(self.size, np.inf), np.full(self.size, -np.inf)
        self._duals: dict[tuple[int, int], np.ndarray] = {}
        self._known_extremes: dict[tuple[int, int], float] = {}
        self._highs = Solver()
        self._highs.setOptionValue("threads", 1)
        self._highs.setOptionValue("presolve", "off")
        self._highs.setOptionValue("solver", "simplex")
        # Only the objective changes: the last corner stays feasible.
        self._highs.setOptionValue("simplex_strategy", 4)
        matrix = sparse.csc_array(relations[:, cells])
        problem = highspy.HighsLp()
        problem.num_col_, problem.num_row_ = self.size, len(rows)
        problem.col_cost_ = np.zeros(self.size)
        problem.col_lower_, problem.col_upper_ = self.low, self.high
        problem.row_lower_ = problem.row_upper_ = left
        problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        problem.a_matrix_.start_ = matrix.indptr
        problem.a_matrix_.index_ = matrix.indices
        problem.a_matrix_.value_ = matrix.data
        problem.sense_ = highspy.ObjSense.kMaximize
        self._highs.passModel(problem)

    def _solve(self, cells: np.ndarray, signs: np.ndarray) -> np.ndarray:
        """The counts that make the sum of these cells, with signs, greatest."""
        at = cells.astype(np.int32)
        self._highs.changeColsCost(len(at), at, signs.astype(float))
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            names = self.release.names[self.release.relations[self.rows[:1]].indices]
            raise PrivacyError(f"The release contradicts itself near {'; '.join(str(name) for name in names)}.")
        if status != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"HiGHS ended with {self._highs.modelStatusToString(status)}")
        counts = np.asarray(self._highs.getSolution().col_value)
        self._highs.changeColsCost(len(at), at, np.zeros(len(at)))
        self.seen_low, self.seen_high = np.minimum(self.seen_low, counts), np.maximum(self.seen_high, counts)
        return counts

    def extreme(self, at: int, sign: int) -> float:
        """The greatest (1) or least (-1) people in the cell."""
        if (at, sign) not in self._known_extremes:
            counts = self._solve(np.array([at]), np.array([sign]))
            self._known_extremes[at, sign] = float(counts[at])
            self._duals[at, sign] = np.asarray(self._highs.getSolution().row_dual)
        return self._known_extremes[at, sign]

    def narrow(self, width: int, random: np.random.Generator) -> list[int]:
        """Cells that are not seen to span `width` people: many are asked at once first, then each of the rest."""
        left = np.arange(self.size)
        while len(left):
            before = len(left)
            signs = random.choice([-1.0, 1.0], before)
            self._solve(left, signs)
            self._solve(left, -signs)
            left = left[self._spans(left) < width]
            if before - len(left) < WORTHWHILE * before:
                break
        narrow = []
        for at in left.tolist():
            if self._spans(at) >= width:
                continue
            # Nobody looks for a large count that is never printed, however narrow it is.
            if not self.is_asked[at] and np.ceil(self.extreme(at, -1) - SLACK) >= width:
                continue
            for sign in (1, -1):
                if self._spans(at) < width:
                    self.extreme(at, sign)
            if self._spans(at) < width:
                narrow.append(at)
        return narrow

    def _spans(self, at: np.ndarray | int) -> np.ndarray:
        return np.floor(self.seen_high[at] + SLACK) - np.ceil(self.seen_low[at] - SLACK)

    def reasons(self, at: int, most: int = 6) -> tuple[str, ...]:
        """The published counts in the relations that hold the cell's range together."""
        weight = np.abs(self._duals[at, 1]) + np.abs(self._duals[at, -1])
        used = self.release.relations[self.rows[weight > SLACK]]
        cells = np.unique(used.indices)
        names = [
            f"{self.release.names[one]} = {self.release.low[one]:g}" for one in cells if self.release.is_shown[one]
        ]
        return tuple(names[:most]) + ((f"and {len(names) - most} more",) if len(names) > most else ())
