"""Find the cheapest set of cells that can move together, so that a sensitive cell may hold other people than it does.

A movement of all cells that breaks no relation is what hides a cell: the reader cannot tell the counts before from
those after. Its cheapest form is a linear programme (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001; on
network tables the shortest paths of Castro 2007): minimise sum c_i (up_i + down_i) with relations @ (up - down) = 0.
"""

import highspy
import numpy as np
from scipy import sparse

from include.privacy.solver import Solver

INFINITE = highspy.kHighsInf
# Less than this is the solver's arithmetic, not a person.
NOTHING = 1e-6


class Circuits:
    """One linear programme for one block of cells, solved again and again.

    Cells that can only move by the same number of people (a numerator and its complement where the denominator is
    shown) are one variable. Its columns are the rises of all variables, then their falls.
    """

    def __init__(self, relations: sparse.csr_array, rise: np.ndarray, fall: np.ndarray, cost: np.ndarray) -> None:
        """rise and fall: how far each cell may move, in people; cost: per person moved."""
        self.rise, self.fall, self.cost = rise.astype(float), fall.astype(float), cost.astype(float)
        self.variable, self.sign = _twins(relations, (rise > 0) | (fall > 0))
        self.size = int(self.variable.max()) + 1 if len(self.variable) else 0
        moving = np.flatnonzero(self.variable >= 0)
        order = moving[np.argsort(self.variable[moving], kind="stable")]
        first = np.searchsorted(self.variable[order], np.arange(self.size))
        self._members = np.split(order, first[1:])
        spread = sparse.csr_array(
            (self.sign[moving], (moving, self.variable[moving])), shape=(relations.shape[1], self.size)
        )
        inside = sparse.csr_array(relations @ spread)
        inside.eliminate_zeros()
        inside = inside[np.flatnonzero(np.diff(inside.indptr))]
        self.most = np.zeros(2 * self.size)
        self.price_of = np.zeros(2 * self.size)
        if self.size:
            along = self.sign[order] > 0
            up, down = self.rise[order], self.fall[order]
            self.most[: self.size] = np.minimum.reduceat(np.where(along, up, down), first)
            self.most[self.size :] = np.minimum.reduceat(np.where(along, down, up), first)
            self.price_of[:] = np.tile(np.add.reduceat(self.cost[order], first), 2)
        self._highs = Solver()
        for option, value in (("presolve", "off"), ("solver", "simplex"), ("simplex_strategy", 1), ("threads", 1)):
            self._highs.setOptionValue(option, value)
        matrix = sparse.hstack([inside, -inside]).tocsc()
        problem = highspy.HighsLp()
        problem.num_col_, problem.num_row_ = 2 * self.size, inside.shape[0]
        problem.col_cost_ = self.price_of
        problem.col_lower_, problem.col_upper_ = np.zeros(2 * self.size), self.most
        problem.row_lower_ = problem.row_upper_ = np.zeros(inside.shape[0])
        problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        problem.a_matrix_.start_ = matrix.indptr
        problem.a_matrix_.index_ = matrix.indices
        problem.a_matrix_.value_ = matrix.data
        self._highs.passModel(problem)
        # Every programme begins from nothing moved: measured, that takes half the time of beginning where the last
        # one ended, since its movement must be undone first.
        self._still = highspy.HighsBasis()
        self._still.col_status = [highspy.HighsBasisStatus.kLower] * (2 * self.size)
        self._still.row_status = [highspy.HighsBasisStatus.kBasic] * inside.shape[0]

    def _weigh(self, variable: int) -> None:
        """Set how far a variable may move and what it costs, from its cells."""
        cells = self._members[variable]
        along = self.sign[cells] > 0
        self.most[variable] = np.where(along, self.rise[cells], self.fall[cells]).min()
        self.most[variable + self.size] = np.where(along, self.fall[cells], self.rise[cells]).min()
        self.price_of[[variable, variable + self.size]] = self.cost[cells].sum()

    def price(self, cells: np.ndarray, cost: float) -> None:
        """Let these cells move at this cost from now on."""
        self.cost[cells] = cost
        changed = np.unique(self.variable[cells])
        changed = changed[changed >= 0]
        for variable in changed.tolist():
            self._weigh(variable)
        both = np.concatenate([changed, changed + self.size]).astype(np.int32)
        self._highs.changeColsCost(len(both), both, self.price_of[both])

    def limit(self, cell: int, rise: float, fall: float) -> None:
        """Let this cell move so far from now on."""
        self.rise[cell], self.fall[cell] = rise, fall
        variable = int(self.variable[cell])
        if variable >= 0:
            self._weigh(variable)
            for column in (variable, variable + self.size):
                self._highs.changeColBounds(column, 0.0, self.most[column])

    def move(self, cell: int, amount: float, reward: float) -> np.ndarray:
        """The movement that takes the cell by up to `amount` people, up or (negative) down.

        It goes as far as a person's move costs less than `reward`. Returns the change of every cell, in people.
        """
        variable = int(self.variable[cell])
        if variable < 0:
            return np.zeros(len(self.variable))
        column, other = variable, variable + self.size
        if amount * self.sign[cell] < 0:
            column, other = other, column
        most = min(abs(amount), self.most[column])
        self._highs.changeColBounds(column, 0.0, most)
        self._highs.changeColBounds(other, 0.0, 0.0)
        self._highs.changeColCost(column, self.price_of[column] - reward)
        flow = self._flow()
        self._highs.changeColCost(column, self.price_of[column])
        self._highs.changeColBounds(column, 0.0, self.most[column])
        self._highs.changeColBounds(other, 0.0, self.most[other])
        return self._change(flow)

    def sweep(self, cells: np.ndarray, signs: np.ndarray, most: float, reward: float) -> np.ndarray:
        """The movement that takes as many of these cells as far as it can, each up (1) or down (-1).

        No cell moves by more than `most` people. Returns the change of every cell, in people.
        """
        if not self.size:
            return np.zeros(len(self.variable))
        variable, moving = self.variable[cells], self.variable[cells] >= 0
        wish = np.zeros(self.size)
        np.add.at(wish, variable[moving], signs[moving] * self.sign[cells[moving]])
        wish = reward * np.sign(wish)
        columns = np.arange(2 * self.size, dtype=np.int32)
        still = np.zeros(2 * self.size)
        self._highs.changeColsBounds(len(columns), columns, still, np.minimum(self.most, most))
        self._highs.changeColsCost(len(columns), columns, self.price_of - np.concatenate([wish, -wish]))
        flow = self._flow()
        self._highs.changeColsBounds(len(columns), columns, still, self.most)
        self._highs.changeColsCost(len(columns), columns, self.price_of)
        return self._change(flow)

    def _flow(self) -> np.ndarray:
        """The programme's solution, column by column."""
        self._highs.setBasis(self._still)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"HiGHS ended with {self._highs.modelStatusToString(status)} on a feasible problem")
        return np.asarray(self._highs.getSolution().col_value)

    def _change(self, flow: np.ndarray) -> np.ndarray:
        net = flow[: self.size] - flow[self.size :]
        net[np.abs(net) < NOTHING] = 0.0
        return np.where(self.variable >= 0, net[self.variable] * self.sign, 0.0)


def _twins(relations: sparse.csr_array, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each cell's variable (-1 where it cannot move) and the sign with which it follows it.

    A relation of which one cell moves keeps it still; one of which two move ties them together.
    """
    variable = np.where(moves, np.arange(len(moves)), -1)
    sign = np.ones(len(moves))
    while True:
        at = np.flatnonzero(variable >= 0)
        spread = sparse.csr_array((sign[at], (at, variable[at])), shape=(len(moves), len(moves)))
        inside = sparse.csr_array(relations @ spread)
        inside.eliminate_zeros()
        length = np.diff(inside.indptr)
        first = inside.indptr[:-1]
        still = set(inside.indices[first[length == 1]].tolist())
        leader, turn = np.arange(len(moves)), np.ones(len(moves))
        taken: set[int] = set()
        for row in first[length == 2].tolist():
            one, two = sorted(inside.indices[row : row + 2].tolist())
            if one in taken or two in taken or one in still or two in still:
                continue
            leader[two], turn[two] = one, -inside.data[row] * inside.data[row + 1]
            taken |= {one, two}
        if not still and not taken:
            break
        sign = np.where(variable >= 0, sign * turn[variable], sign)
        variable = np.where(variable >= 0, leader[variable], -1)
        variable[np.isin(variable, list(still))] = -1
    used, packed = np.unique(variable, return_inverse=True)
    return packed - int(used[0] < 0 if len(used) else 0), sign
