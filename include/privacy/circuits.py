"""Find the cheapest set of cells that can move together, so that a sensitive cell may hold other people than it does.

A movement of all cells that breaks no relation is what hides a cell: the reader cannot tell the counts before from
those after. Its cheapest form is a linear programme (Kelly, Golden and Assad 1992; Fischetti and Salazar 2001; on
network tables the shortest paths of Castro 2007): minimise sum c_i (up_i + down_i) with relations @ (up - down) = 0.
"""

import highspy
import numpy as np
from scipy import sparse

INFINITE = highspy.kHighsInf
# Less than this is the solver's arithmetic, not a person.
NOTHING = 1e-6


class Circuits:
    """One linear programme for one block of cells, solved again and again.

    Columns are the rises and the falls of the cells; a cell of cost 0 is withheld already and a closed one is fixed.
    """

    def __init__(self, relations: sparse.csr_array, rise: np.ndarray, fall: np.ndarray, cost: np.ndarray) -> None:
        """rise and fall: how far each cell may move, in people; cost: per person moved."""
        self.size = relations.shape[1]
        self.cost = np.concatenate([cost, cost])
        self.most = np.concatenate([rise, fall])
        self._highs = highspy.Highs()
        self._highs.silent()
        for option, value in (
            ("output_flag", False),
            ("presolve", "off"),
            ("solver", "simplex"),
            ("simplex_strategy", 1),
            ("threads", 1),
        ):
            self._highs.setOptionValue(option, value)
        matrix = sparse.hstack([relations, -relations]).tocsc()
        problem = highspy.HighsLp()
        problem.num_col_ = 2 * self.size
        problem.num_row_ = relations.shape[0]
        problem.col_cost_ = self.cost
        problem.col_lower_ = np.zeros(2 * self.size)
        problem.col_upper_ = self.most
        problem.row_lower_ = np.zeros(relations.shape[0])
        problem.row_upper_ = np.zeros(relations.shape[0])
        problem.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        problem.a_matrix_.start_ = matrix.indptr
        problem.a_matrix_.index_ = matrix.indices
        problem.a_matrix_.value_ = matrix.data
        self._highs.passModel(problem)
        # Every programme begins from nothing moved: measured, that takes half the time of beginning where the last
        # one ended, since its movement must be undone first.
        self._still = highspy.HighsBasis()
        self._still.col_status = [highspy.HighsBasisStatus.kLower] * (2 * self.size)
        self._still.row_status = [highspy.HighsBasisStatus.kBasic] * relations.shape[0]

    def price(self, cells: np.ndarray, cost: float) -> None:
        """Let these cells move at this cost from now on."""
        both = np.concatenate([cells, cells + self.size]).astype(np.int32)
        self.cost[both] = cost
        self._highs.changeColsCost(len(both), both, self.cost[both])

    def limit(self, cell: int, rise: float, fall: float) -> None:
        """Let this cell move so far from now on."""
        for column, most in ((cell, rise), (cell + self.size, fall)):
            self.most[column] = most
            self._highs.changeColBounds(column, 0.0, most)

    def move(self, cell: int, amount: float, reward: float) -> np.ndarray:
        """The movement that takes the cell by up to `amount` people, up or (negative) down.

        It goes as far as a person's move costs less than `reward`. Returns the change of every cell, in people.
        """
        column, other = (cell, cell + self.size) if amount > 0 else (cell + self.size, cell)
        most = min(abs(amount), self.most[column])
        self._highs.changeColBounds(column, 0.0, most)
        self._highs.changeColBounds(other, 0.0, 0.0)
        self._highs.changeColCost(column, -reward)
        self._highs.setBasis(self._still)
        self._highs.run()
        status = self._highs.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"HiGHS ended with {self._highs.modelStatusToString(status)} on a feasible problem")
        flow = np.asarray(self._highs.getSolution().col_value)
        self._highs.changeColCost(column, self.cost[column])
        self._highs.changeColBounds(column, 0.0, self.most[column])
        self._highs.changeColBounds(other, 0.0, self.most[other])
        change = flow[: self.size] - flow[self.size :]
        change[np.abs(change) < NOTHING] = 0.0
        return change
