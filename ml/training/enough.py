"""What holds enough on record to learn from: outcomes, grade bands and grades."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.config import ALL_GRADES, Experiment


def band_names(grades: pd.Series, experiment: Experiment) -> np.ndarray:
    """Name of each row's grade band [rows]."""
    return grades.map(experiment.band_of_grade).fillna(ALL_GRADES).to_numpy(object)


def usable_outcomes(rows: pd.DataFrame, experiment: Experiment, min_positives: int | None = None) -> list[str]:
    """Outcomes with enough labelled rows, positives and negatives, in every school year of `rows`.

    min_positives: as the experiment's `label.min_positives`, where it is not given.
    """
    least = experiment.label["min_positives"] if min_positives is None else min_positives
    usable = []
    for name in experiment.weights:
        known = rows[["school_year", f"label_{name}"]].dropna()
        counts = known.groupby("school_year")[f"label_{name}"].agg(["count", "sum"])
        if (
            len(counts) == rows["school_year"].nunique()
            and (
                (counts["count"] >= experiment.label["min_rows"])
                & (counts["sum"] >= least)
                & (counts["count"] - counts["sum"] >= least)
            ).all()
        ):
            usable.append(name)
    return usable


@dataclass(frozen=True)
class Band:
    """A grade band: the outcomes that it can learn by itself, and those whose model it shares with all grades."""

    name: str
    own: tuple[str, ...]
    shared: tuple[str, ...]

    @property
    def outcomes(self) -> tuple[str, ...]:
        """All of its outcomes."""
        return self.own + self.shared


def bands_in(learn: pd.DataFrame, outcomes: list[str], experiment: Experiment) -> list[Band]:
    """The grade bands that have rows in `learn`, in the configured order, and last the grades in none.

    An outcome known for next to none of a band's students (no marks in the lower grades) is in neither of its
    lists, unless that would leave the band without any.
    """
    names, years = band_names(learn["grade"], experiment), learn["school_year"].nunique()
    least = experiment.label["min_grade_share"]
    found = []
    for name in (*experiment.bands, ALL_GRADES):
        rows = learn[names == name]
        if rows.empty:
            continue
        own: list[str] = []
        if name != ALL_GRADES and rows["school_year"].nunique() == years:
            own = usable_outcomes(rows, experiment, experiment.training["band_min_positives"])
        occurs = [one for one in outcomes if rows[f"label_{one}"].notna().mean() >= least] or outcomes
        found.append(
            Band(
                name,
                tuple(one for one in outcomes if one in own),
                tuple(one for one in (outcomes if name == ALL_GRADES else occurs) if one not in own),
            )
        )
    return found


def has_enough(labels: np.ndarray, experiment: Experiment) -> bool:
    """Whether the known labels (0/1) of one band are enough to calibrate its joined risk by them."""
    positives = labels.sum()
    least = experiment.training["band_min_positives"]
    return len(labels) >= experiment.label["min_rows"] and least <= positives <= len(labels) - least


def known_grades(rows: pd.DataFrame, outcomes: list[str], experiment: Experiment) -> tuple[str, ...]:
    """Grades in which outcomes are known for enough of the students. In a last tested grade only those who
    repeat it have one, and they say nothing about the others."""
    known = rows[[f"label_{name}" for name in outcomes]].notna().any(axis=1).groupby(rows["grade"]).mean()
    return tuple(sorted(str(grade) for grade in known.index[known >= experiment.label["min_grade_share"]]))
