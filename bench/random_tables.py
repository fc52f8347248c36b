"""Hierarchical tables of up to four dimensions from a seed, for the bench and the tests of include/privacy."""

import itertools

import numpy as np
import pandas as pd

from include.privacy.tables import Dimension, Split, Sum, Table


class RandomDistrict:
    """People in the leaves of some dimensions, with outcomes; `tables` counts them with all totals."""

    def __init__(self, seed: int, counts: tuple[str, ...] | None = None) -> None:
        self.random = random = np.random.default_rng(seed)
        several = 1 + seed % 4
        most = (12, 6, 4, 3)[several - 1]
        self.dimensions: list[Dimension] = []
        self.leaves: list[list[str]] = []
        chances = np.ones(1)
        for at in range(several):
            size = int(random.integers(2, most + 1))
            self.dimensions.append(_dimension(f"d{at + 1}", size, random))
            self.leaves.append([f"{at + 1}.{leaf}" for leaf in range(size)])
            chances = np.multiply.outer(chances, random.dirichlet(np.full(size, 1.5))).ravel()
        chances = chances * random.gamma(1.5, size=len(chances))
        people = int(np.exp(random.uniform(np.log(8), np.log(60))) * len(chances))
        self.students = random.multinomial(people, chances / chances.sum())
        rates = random.beta(1.5, 4.0, len(chances))
        self.rated = random.binomial(self.students, random.uniform(0.7, 1.0))
        self.chronic = random.binomial(self.rated, rates)
        self.has_programme = bool(random.random() < 0.4)
        self.in_programme = random.binomial(self.students, random.uniform(0.05, 0.5))
        several_counts = (("students",), ("students", "chronic"), ("students", "rated", "chronic"))
        drawn = several_counts[int(random.choice(3, p=[0.35, 0.45, 0.2]))]
        self.counts = drawn if counts is None else counts

    def change(self) -> None:
        """Some students come and some leave, as between two releases of one year."""
        leaves = len(self.students)
        for at in self.random.choice(leaves, max(1, leaves // 8), replace=False):
            step = int(self.random.integers(-2, 4))
            self.students[at] = max(0, self.students[at] + step)
            self.rated[at] = min(self.rated[at], self.students[at])
            self.chronic[at] = min(self.chronic[at], self.rated[at])
            self.in_programme[at] = min(self.in_programme[at], self.students[at])

    def tables(self) -> list[Table]:
        """One table of all dimensions, and where there is a programme, one of its members beside everyone."""
        names = [dimension.name for dimension in self.dimensions]
        leaf = pd.DataFrame(list(itertools.product(*self.leaves)), columns=names)
        # Of nested counts the widest that is used holds all that follow.
        rated = self.rated if "rated" in self.counts else self.students
        chronic = np.minimum(self.chronic, rated)
        leaf = leaf.assign(students=self.students, rated=rated, chronic=chronic, member=self.in_programme)
        whole = leaf
        for dimension in self.dimensions:
            whole = _with_totals(whole, dimension)
        tables = [Table(whole[[*names, *self.counts]], tuple(self.dimensions), self.counts)]
        if self.has_programme:
            programme = Dimension("programme", top="all", splits=(Split("all", "el"),))
            both = pd.concat(
                [whole.assign(programme="all"), whole.assign(programme="el", students=whole["member"])],
                ignore_index=True,
            )
            tables.append(Table(both[[*names, "programme", "students"]], (*self.dimensions, programme), ("students",)))
        return tables


def _dimension(name: str, size: int, random: np.random.Generator) -> Dimension:
    leaves = [f"{name[1:]}.{leaf}" for leaf in range(size)]
    if size < 4 or random.random() < 0.4:
        return Dimension(name, top="all", sums=(Sum("all", tuple(leaves)),))
    cut = int(random.integers(2, size - 1))
    return Dimension(
        name,
        top="all",
        sums=(Sum("A", tuple(leaves[:cut])), Sum("B", tuple(leaves[cut:])), Sum("all", ("A", "B"))),
    )


def _with_totals(frame: pd.DataFrame, dimension: Dimension) -> pd.DataFrame:
    counts = ["students", "rated", "chronic", "member"]
    rest = [column for column in frame.columns if column not in (*counts, dimension.name)]
    for total in dimension.sums:
        parts = frame[frame[dimension.name].isin(total.parts)]
        if rest:
            summed = parts.groupby(rest, sort=False)[counts].sum().reset_index()
        else:
            summed = parts[counts].sum().to_frame().T
        frame = pd.concat([frame, summed.assign(**{dimension.name: total.total})], ignore_index=True)
    return frame
