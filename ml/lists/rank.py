"""Who is listed: the order within each school and the cut at its seats."""

import numpy as np
import pandas as pd

from ml.lists.seats import SeatTable, tie_break

DECIMALS = 6


def ranked(rows: pd.DataFrame, priority: np.ndarray, seed: str) -> pd.DataFrame:
    """`rows` (student_id, school_id, as_of) with `priority`, `tie_break` and `rank` (1.. within the school).

    The highest priority first; equal ones, to six decimals, by the seeded hash of as-of date and student.
    """
    order = pd.DataFrame(
        {
            "priority": np.round(priority, DECIMALS),
            "tie_break": [
                tie_break(seed, as_of, student)
                for as_of, student in zip(rows["as_of"], rows["student_id"], strict=True)
            ],
        },
        index=rows.index,
    )
    full = pd.concat([rows[["as_of", "student_id", "school_id"]], order], axis=1)
    full = full.sort_values(["school_id", "priority", "tie_break"], ascending=[True, False, True])
    full["rank"] = full.groupby("school_id").cumcount() + 1
    return full


def chosen(rows: pd.DataFrame, priority: np.ndarray, seats: SeatTable, seed: str) -> np.ndarray:
    """Whether each row takes one of the seats that the ranking fills."""
    order = ranked(rows, priority, seed)
    cut = order["school_id"].map({school: seats.ranked(school) for school in seats.seats}).fillna(0)
    return (order["rank"] <= cut).reindex(rows.index).to_numpy()
