"""The ABC rule (attendance, behaviour, course failure): what ranks students when no model may.

Used for students with too little history and for everybody when the model did not earn its place.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

ABSENT_FLAG = 0.10
# Before any label is known, a flag stands for a quarter of the way to certainty.
UNCALIBRATED = (0.05, 0.25, 0.5, 0.75)


def abc_flags(rows: pd.DataFrame) -> np.ndarray:
    """Flags per row [0..3]: absent 10 % or more of the year, a disciplinary action, a core course failing.

    Where a student has no marks, each assessed subject below the cut counts as a flag instead.
    Discretionary discipline counts only where the feature is filled, that is, where it was configured.
    """
    attendance = (rows["absent_share_year"].fillna(0) >= ABSENT_FLAG).to_numpy()
    actions = rows["mandatory_actions"].fillna(0) + rows["discretionary_actions"].fillna(0)
    course = np.where(rows["core_failing"].notna(), rows["core_failing"].fillna(0) > 0, rows["below_cut"].fillna(0))
    # As numbers: two true flags added as booleans would make one.
    return np.minimum(attendance.astype(int) + (actions > 0).to_numpy().astype(int) + course, 3).astype(int)


def abc_priority(rows: pd.DataFrame) -> np.ndarray:
    """Ranking value: the flags, and within equal flags the absent share of the year."""
    return abc_flags(rows) + rows["absent_share_year"].fillna(0).to_numpy() / 2


def last_year_priority(rows: pd.DataFrame) -> np.ndarray:
    """Baseline `last year's outcome`: last year's absence and failures, or the last assessment without them."""
    known = rows["prior_absent_share"].notna() | rows["prior_core_failing"].notna()
    outcomes = (rows["prior_absent_share"].fillna(0) >= ABSENT_FLAG).astype(int) + (
        rows["prior_core_failing"].fillna(0) > 0
    ).astype(int)
    return np.where(known, outcomes, rows["below_cut"].fillna(0)).astype(float)


@dataclass(frozen=True)
class Rule:
    """The rule with the share of outcomes that followed each number of flags [0, 1, 2, 3]."""

    rates: tuple[float, ...]

    def risk(self, rows: pd.DataFrame) -> np.ndarray:
        """Calibrated risk per row."""
        return np.asarray(self.rates)[abc_flags(rows)]


def fit_rule(rows: pd.DataFrame) -> Rule:
    """Learn the share of outcomes after each number of flags; more flags never mean less risk.

    Each share is drawn towards the overall one by two students' weight, so that an empty class has one.
    """
    labelled = rows[rows["label"].notna()]
    if labelled.empty:
        return Rule(UNCALIBRATED)
    flags = abc_flags(labelled)
    outcome = labelled["label"].to_numpy()
    overall = float(outcome.mean())
    rates = [
        (float(outcome[flags == count].sum()) + 2 * overall) / (int((flags == count).sum()) + 2) for count in range(4)
    ]
    return Rule(tuple(float(rate) for rate in np.maximum.accumulate(rates)))
