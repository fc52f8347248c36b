"""Protect one block of cells that relations link: hide each sensitive cell in movements, show what is idle."""

import numpy as np
from scipy import sparse

from include.privacy.circuits import INFINITE, NOTHING, Circuits

# What a person's move costs where the cell is withheld already: little, but enough to prefer few cells to many.
FREE = 1e-3
# Rewards of a person's move: less than any shown cell costs, and more than all of them together.
WITHIN = 0.9
WHATEVER_IT_COSTS = 1e5
# From so many cells on, many are hidden at once, as long as that hides this share of them.
MANY = 40
WORTHWHILE = 0.1


class Block:
    """Cells that no relation links with others. Arrays run along the cells; counts are people.

    A movement is a change of all cells that keeps every relation: the counts before and after it look the same to the
    reader. Each cell in need keeps the widest movements found, up and down, and is hidden while they span its need.
    """

    def __init__(
        self,
        relations: sparse.csr_array,
        value: np.ndarray,
        need: np.ndarray,
        withheld: np.ndarray,
        may_withhold: np.ndarray,
        printable: np.ndarray,
        is_told: np.ndarray | None,
        min_cell: int,
        coded: np.ndarray,
        may_code: np.ndarray,
        is_coded: np.ndarray,
    ) -> None:
        """Of the cells with need, `need` people is the width that their range must keep.

        may_withhold: shown cells that may be withheld. printable: withheld cells that may be shown again. is_told:
        cells that are never printed, and that nothing may tell to be small; None for those beside what is withheld
        here. coded: 2 × cells, the least and the greatest people that the cell's percentage would leave if it were
        printed, NaN where there is none to print. may_code, is_coded: cells whose percentage may be printed, and is.
        """
        self.value, self.need, self.withheld = value, need.copy(), withheld.copy()
        self.may_withhold, self.printable, self.is_told, self.min_cell = may_withhold, printable, is_told, min_cell
        self.exposed, self.is_coded = np.zeros(len(value), bool), is_coded.copy()
        self.coded, self.may_code = coded, may_code
        self.relations, self._by_cell = relations, sparse.csc_array(relations)
        self.weight = 1.0 + 0.1 * np.log2(1.0 + value)
        self._withheld_before = withheld.copy()
        self._random = np.random.default_rng(0)
        self._movements: dict[int, np.ndarray] = {}
        # By cell: how far each living movement takes it.
        self._moves: list[dict[int, float]] = [{} for _ in value]
        self._made = 0
        # The widest living movement of each cell, its number and its size, up (0) and down (1).
        self._best = np.full((2, len(value)), -1)
        self._span = np.zeros((2, len(value)))

    def protect(self) -> None:
        """Withhold what is needed so that every cell in need is hidden."""
        needy = np.flatnonzero(self.need > 0)
        if len(needy) >= MANY:
            self._close()
            self._hide_many(needy)
        self._open()
        self._hide_all()
        self._close()
        self._show_idle()
        self._code()
        while self._find_narrow_rests():
            self._open()
            self._hide_all()
            self._close()

    def _open(self) -> None:
        """Programmes over all cells that are withheld or may be."""
        self._programme(self.withheld | self.may_withhold, np.where(self.withheld, FREE, self.weight))

    def _close(self) -> None:
        """Smaller programmes, where nothing more is withheld."""
        self._programme(self.withheld, np.full(len(self.value), FREE))

    def _programme(self, moves: np.ndarray, cost: np.ndarray) -> None:
        low, high = self.coded
        self.rise = np.where(moves, np.where(self.is_coded, high - self.value, INFINITE), 0.0)
        self.fall = np.where(moves, np.where(self.is_coded, self.value - low, self.value), 0.0)
        self.circuits = Circuits(self.relations, self.rise, self.fall, cost)

    def is_hidden(self, cell: int) -> bool:
        """Whether the movements kept span the cell's need."""
        return bool(self._span[:, cell].sum() >= self.need[cell] - NOTHING)

    def _are_hidden(self, cells: np.ndarray) -> np.ndarray:
        return self._span[:, cells].sum(axis=0) >= self.need[cells] - NOTHING

    def _hide_all(self) -> None:
        waiting = [int(cell) for cell in np.flatnonzero(self.need > 0) if not self.is_hidden(int(cell))]
        while waiting:
            fresh: list[int] = []
            for cell in waiting:
                if not self.exposed[cell] and not self.is_hidden(cell):
                    fresh += self._hide(cell)
            waiting = sorted(set(fresh))

    def _hide_many(self, cells: np.ndarray) -> None:
        """Look for movements of what is withheld already that hide many cells at once."""
        waiting = cells[~self._are_hidden(cells)]
        while len(waiting) >= MANY:
            signs = self._random.choice([-1.0, 1.0], len(waiting))
            for turned in (signs, -signs):
                self._keep(self.circuits.sweep(waiting, turned, self.min_cell, WITHIN))
            left = waiting[~self._are_hidden(waiting)]
            if len(left) > (1 - WORTHWHILE) * len(waiting):
                return
            waiting = left

    def _hide(self, cell: int) -> list[int]:
        """Hide one cell, withholding more where it must be; returns what was withheld for it."""
        if self._hide_within(cell):
            return []
        up, down = self._span[:, cell]
        need = self.need[cell]
        ways = []
        for sign, amount in ((1, need - down), (-1, need - up)):
            change = self.circuits.move(cell, sign * amount, WHATEVER_IT_COSTS)
            if sign * change[cell] >= amount - NOTHING:
                taken = np.flatnonzero((change != 0) & ~self.withheld)
                ways.append((self.weight[taken].sum(), -sign, change, taken))
        if not ways:
            self.exposed[cell] = True
            return []
        _, _, change, taken = min(ways, key=lambda way: way[:2])
        self.withheld[taken] = True
        self.need[taken] = self.min_cell
        self.circuits.price(taken, FREE)
        self._keep(change)
        return taken.tolist()

    def _hide_within(self, cell: int) -> bool:
        """Look for movements of what is withheld already that hide the cell."""
        need = self.need[cell]
        if self._is_alone(cell):
            return False
        self._keep(self.circuits.move(cell, need, WITHIN))
        if not self.is_hidden(cell):
            self._keep(self.circuits.move(cell, -(need - self._span[0, cell]), WITHIN))
        return self.is_hidden(cell)

    def _is_alone(self, cell: int) -> bool:
        """Whether there is a relation in which nothing else is withheld, so that the cell cannot move."""
        for row in self._by_cell.indices[self._by_cell.indptr[cell] : self._by_cell.indptr[cell + 1]]:
            others = self.relations.indices[self.relations.indptr[row] : self.relations.indptr[row + 1]]
            if self.withheld[others].sum() == 1:
                return True
        return False

    def _keep(self, change: np.ndarray) -> None:
        """Note a movement for every cell for which it is the widest so far."""
        cells = np.flatnonzero(change)
        if not len(cells):
            return
        moved = change[cells]
        # Readers know that people are whole: half a person more is nothing.
        size = np.floor(np.abs(moved) + NOTHING)
        side = (moved < 0).astype(int)
        better = size > self._span[side, cells]
        if not better.any():
            return
        number, self._made = self._made, self._made + 1
        self._movements[number] = cells
        for cell, people in zip(cells.tolist(), moved.tolist(), strict=True):
            self._moves[cell][number] = people
        self._best[side[better], cells[better]] = number
        self._span[side[better], cells[better]] = size[better]

    def _show_idle(self) -> None:
        """Show again what was withheld beside the sensitive cells, largest first, where all stays hidden without it."""
        extra = np.flatnonzero(self.withheld & self.printable)
        for cell in extra[np.argsort(-self.value[extra], kind="stable")]:
            if not self._is_needed(int(cell)):
                self._try_to_show(int(cell))

    def _is_needed(self, cell: int) -> bool:
        """Whether one relation alone says that a neighbour could be narrowed without the cell."""
        for row in self._by_cell.indices[self._by_cell.indptr[cell] : self._by_cell.indptr[cell + 1]]:
            of_row = slice(self.relations.indptr[row], self.relations.indptr[row + 1])
            others, signs = self.relations.indices[of_row], self.relations.data[of_row]
            open_ones = self.withheld[others] & (others != cell)
            left = others[open_ones]
            needs = self.need[left][~self.exposed[left]]
            if not needs.any():
                continue
            if len(left) == 1 or (len(set(signs[open_ones])) == 1 and self.value[left].sum() < needs.max()):
                return True
        return False

    def _code(self) -> None:
        """Print the percentage of what stays withheld, where all stays hidden beside it."""
        for cell in np.flatnonzero(self.withheld & self.may_code & ~np.isnan(self.coded[0])):
            low, high = self.coded[:, cell]
            self.is_coded[cell] = self._try(int(cell), high - self.value[cell], self.value[cell] - low)

    def _try_to_show(self, cell: int) -> None:
        need, self.need[cell] = self.need[cell], 0
        if self._try(cell, 0.0, 0.0):
            self.withheld[cell] = False
        else:
            self.need[cell] = need

    def _try(self, cell: int, rise: float, fall: float) -> bool:
        """Limit how far the cell may move if everything in need stays hidden; returns whether it does."""
        best, span = self._best.copy(), self._span.copy()
        limits = self.rise[cell], self.fall[cell]
        dead = {number for number, people in self._moves[cell].items() if not -fall <= people <= rise}
        lost = np.isin(self._best, list(dead))
        self._best[lost], self._span[lost] = -1, 0.0
        self._limit(cell, rise, fall)
        affected = np.flatnonzero(lost.any(axis=0) & (self.need > 0) & ~self.exposed)
        # Those that stand in a relation with it first: one of them is likelier to need it.
        rows = self._by_cell.indices[self._by_cell.indptr[cell] : self._by_cell.indptr[cell + 1]]
        near = np.isin(affected, self.relations[rows].indices)
        for other in affected[~self._are_hidden(affected)].tolist():
            self._fall_back(other, dead)
        if self._hide_each(affected[near]):
            self._hide_many(affected[~near])
            if self._hide_each(affected[~near]):
                for number in dead:
                    self._forget(number)
                return True
        # What was found meanwhile moves the cell less than it may, and lives on.
        self._best, self._span = best, span
        self._limit(cell, *limits)
        return False

    def _hide_each(self, cells: np.ndarray) -> bool:
        """Hide these cells in movements of what is withheld already; returns whether all of them are."""
        return all(self.is_hidden(cell) or self._hide_within(cell) for cell in cells.tolist())

    def _fall_back(self, cell: int, dead: set[int]) -> None:
        """Take the widest of the other living movements for one that was lost."""
        for number, people in self._moves[cell].items():
            side, size = int(people < 0), int(abs(people) + NOTHING)
            if size > self._span[side, cell] and number not in dead:
                self._best[side, cell], self._span[side, cell] = number, size

    def _limit(self, cell: int, rise: float, fall: float) -> None:
        self.rise[cell], self.fall[cell] = rise, fall
        self.circuits.limit(cell, rise, fall)

    def _forget(self, number: int) -> None:
        for cell in self._movements.pop(number).tolist():
            del self._moves[cell][number]

    def _beside_new(self) -> np.ndarray:
        """Cells that are never printed and share a relation with what was withheld here."""
        new = (self.withheld & ~self._withheld_before).astype(float)
        pattern = abs(self.relations)
        return self._withheld_before & (pattern.T @ (pattern @ new) > 0) & ~self.may_withhold

    def _find_narrow_rests(self) -> bool:
        """Cells that are never printed and not small: a reader who can narrow one to a small count does not know that.

        Puts those in need that could be taken for 1 to min_cell - 1 people in a range narrower than min_cell; returns
        whether there were any.
        """
        found = False
        told = self._beside_new() if self.is_told is None else self.is_told
        for cell in np.flatnonzero(self.withheld & told & (self.need == 0)):
            up, down = self._span[:, cell]
            if up + down >= self.min_cell - NOTHING:
                continue
            self._keep(self.circuits.move(int(cell), self.min_cell, WITHIN))
            if self._span[:, cell].sum() < self.min_cell - NOTHING:
                self._keep(self.circuits.move(int(cell), -self.min_cell, WITHIN))
            up, down = self._span[:, cell]
            low, high = self.value[cell] - down, self.value[cell] + up
            is_narrow = NOTHING < up + down < self.min_cell - NOTHING
            if is_narrow and low < self.min_cell - NOTHING and high >= 1:
                self.need[cell] = self.min_cell
                found = True
        return found
