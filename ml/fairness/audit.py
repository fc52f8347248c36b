"""Error rates by group at the seats, the largest gaps, and how well the features give race away."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sqlalchemy import Connection, text
from threadpoolctl import threadpool_limits

from include.warehouse.engine import acting_as
from ml.config import Experiment
from ml.evaluation import metrics
from ml.evaluation.backtest import Roll

AUDITED = ("race", "sex", "program")
READER = "fairness"
PROXY_MIN = 50
PROXY_ROWS = 8000


@dataclass(frozen=True)
class Figure:
    """One figure of a group or of a kind of groups."""

    metric: str
    subset: str
    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    status: str = "ok"


@dataclass(frozen=True)
class Audit:
    """Figures by group and what a person must look at before the list is used."""

    figures: list[Figure]
    needs_review: list[str]


def read_groups(connection: Connection, school_year: int) -> pd.DataFrame:
    """student_id, kind, subgroup of one school year, read by a role that trains nothing."""
    with acting_as(connection, READER):
        return pd.read_sql_query(
            text(
                "select distinct student_id, subgroup_kind as kind, subgroup from marts.brg_student_subgroup "
                "where school_year = :school_year and subgroup_kind = any(:kinds) "
                "order by kind, subgroup, student_id"
            ),
            connection,
            params={"school_year": school_year, "kinds": list(AUDITED)},
        )


def latest_group_year(connection: Connection, school_year: int) -> int:
    """The school year itself, or the newest before it for which groups are known."""
    with acting_as(connection, READER):
        found = connection.scalar(
            text("select max(school_year) from marts.brg_student_subgroup where school_year <= :year"),
            {"year": school_year},
        )
    return school_year if found is None else int(found)


def audit(roll: Roll, method: str, groups: pd.DataFrame, experiment: Experiment) -> Audit:
    """Rates of every group among the test year's students whose label is known.

    A group with fewer positives than `min_positives` is insufficient: no rate, and never a pass.
    """
    known = roll.known
    rows = pd.DataFrame(
        {
            "student_id": roll.rows["student_id"].to_numpy()[known],
            "school": roll.rows["school_id"].to_numpy()[known].astype(str),
            "outcome": roll.rows["label"].to_numpy()[known],
            "chosen": roll.chosen[method][known],
            "risk": roll.risk[method][known],
        }
    )
    return audit_rows(rows, groups, experiment.evaluation)


def audit_rows(rows: pd.DataFrame, groups: pd.DataFrame, setting: dict[str, Any]) -> Audit:
    """The same for students whose outcome is known: student_id, school, outcome (0/1), chosen and risk."""
    figures: list[Figure] = []
    review: list[str] = []
    for kind, members in groups.groupby("kind", sort=True):
        joined = rows.merge(members, on="student_id")
        rates: dict[str, float] = {}
        for name, part in joined.groupby("subgroup", sort=True):
            subset = f"{kind}:{name}"
            group = group_figures(part, subset, setting["min_positives"])
            group = [_with_interval(figure, part, setting["bootstrap"]) for figure in group]
            figures.extend(group)
            rate = next(figure for figure in group if figure.metric == "true_positive_rate")
            if rate.value is not None:
                rates[str(name)] = rate.value
        if kind == "program":
            # A student may be in several programmes or in none, so each is held against all other students.
            for program, reached in rates.items():
                is_in = rows["student_id"].isin(members.loc[members["subgroup"] == program, "student_id"])
                found, concern = _against_others(rows, is_in.to_numpy(), program, reached, setting)
                figures.extend(found)
                review.extend(concern)
            continue
        if len(rates) < 2:
            figures.append(Figure("true_positive_gap", str(kind), None, len(joined), status="insufficient"))
            review.append(f"{kind}: too few students with a later outcome to compare its groups, which is no pass.")
            continue
        top, bottom = max(rates, key=lambda name: rates[name]), min(rates, key=lambda name: rates[name])
        gap, share = rates[top] - rates[bottom], metrics.ratio(rates[bottom], rates[top])
        is_top, is_bottom = (joined["subgroup"].eq(name).to_numpy(bool) for name in (top, bottom))
        low, high = _gap_interval(joined, is_top, is_bottom, setting["bootstrap"])
        figures.append(Figure("true_positive_gap", str(kind), gap, len(joined), low, high))
        figures.append(Figure("true_positive_ratio", str(kind), share, len(joined)))
        if gap > setting["group_gap"] or (share is not None and share < setting["group_ratio"]):
            review.append(
                f"{kind}: of the students who later had an outcome, {rates[bottom]:.0%} of {bottom} but "
                f"{rates[top]:.0%} of {top} had a seat (ratio {0 if share is None else share:.2f}, gap {gap:.2f})."
            )
    return Audit(figures, review)


def _against_others(
    rows: pd.DataFrame, is_in: np.ndarray, name: str, rate: float, setting: dict[str, Any]
) -> tuple[list[Figure], list[str]]:
    """Gap of a programme's true-positive rate below that of all other students, with its interval."""
    overall = group_figures(rows[~is_in], "", setting["min_positives"])
    other = next(figure.value for figure in overall if figure.metric == "true_positive_rate")
    if other is None:
        return [], []
    gap, share = other - rate, metrics.ratio(rate, other)
    low, high = _gap_interval(rows, ~is_in, is_in, setting["bootstrap"])
    figures = [Figure("true_positive_gap", f"program:{name}", gap, int((~is_in).sum()), low, high)]
    if gap > setting["group_gap"] or (share is not None and share < setting["group_ratio"]):
        return figures, [
            f"program: of the students who later had an outcome, {rate:.0%} of those in {name} but {other:.0%} "
            f"of the others had a seat (gap {gap:.2f})."
        ]
    return figures, []


def group_figures(part: pd.DataFrame, subset: str, min_positives: int) -> list[Figure]:
    """True-positive, false-negative and false-positive rate, precision and calibration of one group.

    `part` has outcome (0/1), chosen and risk, one row per student.
    """
    outcome, is_chosen = part["outcome"].to_numpy(float), part["chosen"].to_numpy(bool)
    positives = int(outcome.sum())
    negatives = len(outcome) - positives
    hits = float(outcome[is_chosen].sum())
    values = {
        "true_positive_rate": metrics.ratio(hits, positives),
        "false_negative_rate": metrics.ratio(positives - hits, positives),
        "false_positive_rate": metrics.ratio(float(is_chosen.sum()) - hits, negatives),
        "precision": metrics.ratio(hits, float(is_chosen.sum())),
        "calibration_gap": float(part["risk"].mean() - outcome.mean()),
    }
    enough = positives >= min_positives
    return [
        Figure(
            metric,
            subset,
            value if enough else None,
            len(outcome),
            status="ok" if enough and value is not None else "insufficient",
        )
        for metric, value in values.items()
    ]


def _with_interval(figure: Figure, part: pd.DataFrame, draws: int) -> Figure:
    """The true-positive rate with its interval over draws of whole schools; other figures as they are."""
    if figure.metric != "true_positive_rate" or figure.value is None:
        return figure
    is_positive = (part["outcome"] == 1).to_numpy()
    low, high = metrics.precision_interval(part["school"].to_numpy(), part["chosen"].to_numpy(bool), is_positive, draws)
    return replace(figure, low=low, high=high)


def _gap_interval(
    rows: pd.DataFrame, is_top: np.ndarray, is_bottom: np.ndarray, draws: int
) -> tuple[float | None, float | None]:
    """Interval of the gap in true-positive rates of two parts of the students, over draws of whole schools."""
    parts = []
    for is_part in (is_top, is_bottom):
        is_positive = is_part & (rows["outcome"] == 1).to_numpy()
        parts += metrics.by_school(rows["school"].to_numpy(), is_positive & rows["chosen"].to_numpy(bool), is_positive)
    weight = metrics.school_draws(len(parts[0]), draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        samples = (weight @ parts[0]) / (weight @ parts[1]) - (weight @ parts[2]) / (weight @ parts[3])
    return metrics.interval(samples)


@threadpool_limits.wrap(limits=1)
def proxy_figures(rows: pd.DataFrame, features: list[str], groups: pd.DataFrame) -> list[Figure]:
    """AUC with which the features tell each race from all others, cross-validated: 0.5 is not at all."""
    race = groups[groups["kind"] == "race"]
    joined = rows[["student_id", *features]].merge(race, on="student_id")
    if len(joined) > PROXY_ROWS:
        joined = joined.iloc[:: -(-len(joined) // PROXY_ROWS)]
    used = [name for name in features if joined[name].notna().any()]
    figures = []
    for name, size in joined["subgroup"].value_counts().sort_index().items():
        if min(size, len(joined) - size) < PROXY_MIN:
            continue
        values = joined[used].fillna(joined[used].median()).to_numpy(float)
        is_member = (joined["subgroup"] == name).to_numpy()
        share = cross_val_predict(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)),
            values,
            is_member,
            cv=StratifiedKFold(3, shuffle=True, random_state=0),
            method="predict_proba",
        )[:, 1]
        figures.append(Figure("proxy_auc", f"race:{name}", float(roc_auc_score(is_member, share)), int(size)))
    return figures
