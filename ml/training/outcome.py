"""One model per outcome, calibrated on later rows, joined by the district's weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from ml.config import Experiment

BOOSTING = "hist_gradient_boosting"
LOGISTIC = "logistic"

# Directions that are known: +1 where more of it can only raise the risk, -1 where it can only lower it.
DIRECTION = {
    "absent_share_20": 1,
    "absent_share_45": 1,
    "absent_share_year": 1,
    "unexcused_share_year": 1,
    "tardy_share_20": 1,
    "tardy_share_year": 1,
    "core_failing": 1,
    "core_low": 1,
    "core_points": -1,
    "score_z": -1,
    "math_z": -1,
    "reading_z": -1,
    "cut_margin": -1,
    "below_cut": 1,
    "below_cut_before": 1,
    "prior_absent_share": 1,
    "prior_core_failing": 1,
    "mandatory_actions": 1,
}
EDGE = 1e-6


def _logit(share: np.ndarray) -> np.ndarray:
    clipped = np.clip(share, EDGE, 1 - EDGE)
    return np.log(clipped / (1 - clipped))


@dataclass(frozen=True)
class Sigmoid:
    """Platt's calibration: 1 / (1 + exp(-(intercept + slope x logit)))."""

    slope: float
    intercept: float

    def __call__(self, share: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(self.intercept + self.slope * _logit(share))))


IDENTITY = Sigmoid(1.0, 0.0)


def fit_sigmoid(share: np.ndarray, outcome: np.ndarray) -> Sigmoid:
    """Calibrate raw shares on outcomes (0/1); the identity where only one outcome occurs.

    A slope of zero or less would turn the ranking round: then only the level is corrected.
    """
    if len(np.unique(outcome)) < 2:
        return IDENTITY
    fitted = LogisticRegression(C=1e6).fit(_logit(share)[:, None], outcome)
    slope = float(fitted.coef_[0, 0])
    if slope <= 0:
        return Sigmoid(1.0, float(_logit(np.array([outcome.mean()]))[0] - _logit(share).mean()))
    return Sigmoid(slope, float(fitted.intercept_[0]))


@dataclass(frozen=True)
class RiskModel:
    """Calibrated models of the outcomes and how they are joined.

    outcomes: name, fitted estimator, calibration and weight of each. joint: calibration of the joined
    risk on "any outcome". features: the columns it reads, in order. grades: grades with a label in training.
    """

    algorithm: str
    features: tuple[str, ...]
    outcomes: tuple[tuple[str, Any, Sigmoid, float], ...]
    joint: Sigmoid
    grades: tuple[str, ...]

    def risk(self, rows: pd.DataFrame) -> np.ndarray:
        """Calibrated chance of any outcome per row, 0 to 1."""
        return self.risk_of(rows[list(self.features)].to_numpy(float))

    @threadpool_limits.wrap(limits=1)
    def risk_of(self, values: np.ndarray) -> np.ndarray:
        """The same for values [rows, features] in the order of `features`."""
        shares = [calibrate(estimator.predict_proba(values)[:, 1]) for _, estimator, calibrate, _ in self.outcomes]
        return self.joint(join(shares, [weight for *_, weight in self.outcomes]))


def join(shares: list[np.ndarray], weights: list[float]) -> np.ndarray:
    """Chance of any outcome, were they independent, each weighted: 1 - product of (1 - p)^w."""
    none = np.ones_like(shares[0])
    for share, weight in zip(shares, weights, strict=True):
        none = none * (1 - np.clip(share, EDGE, 1 - EDGE)) ** weight
    return 1 - none


def usable_outcomes(rows: pd.DataFrame, experiment: Experiment) -> list[str]:
    """Outcomes with enough labelled rows, positives and negatives, in every school year of `rows`."""
    usable = []
    for name in experiment.weights:
        known = rows[["school_year", f"label_{name}"]].dropna()
        counts = known.groupby("school_year")[f"label_{name}"].agg(["count", "sum"])
        if (
            len(counts) == rows["school_year"].nunique()
            and (
                (counts["count"] >= experiment.label["min_rows"])
                & (counts["sum"] >= experiment.label["min_positives"])
                & (counts["count"] - counts["sum"] >= experiment.label["min_positives"])
            ).all()
        ):
            usable.append(name)
    return usable


def _estimator(algorithm: str, features: list[str], experiment: Experiment) -> Any:
    if algorithm == BOOSTING:
        return HistGradientBoostingClassifier(
            monotonic_cst=[DIRECTION.get(name, 0) for name in features],
            early_stopping=False,
            random_state=0,
            **experiment.training["boosting"],
        )
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=500, **experiment.training["logistic"]),
    )


# One thread: threads that wait for each other on a shared machine cost more than they save here, also to predict.
@threadpool_limits.wrap(limits=1)
def fit_model(
    algorithm: str,
    train: pd.DataFrame,
    calibrate: pd.DataFrame | None,
    outcomes: list[str],
    experiment: Experiment,
) -> RiskModel:
    """Fit every outcome on `train`, calibrate on the later rows of `calibrate`.

    Without later rows, the calibration uses predictions for schools left out of the fit, five-fold.
    """
    features = [name for name in experiment.feature_names if train[name].notna().any()]
    later = train if calibrate is None else calibrate
    fitted, shares = [], []
    for name in outcomes:
        label = f"label_{name}"
        known = train[train[label].notna()]
        estimator = _estimator(algorithm, features, experiment).fit(
            known[features].to_numpy(float), known[label].to_numpy(int)
        )
        if calibrate is None:
            raw = _held_out(algorithm, train, label, features, experiment)
        else:
            raw = estimator.predict_proba(later[features].to_numpy(float))[:, 1]
        is_known = later[label].notna().to_numpy()
        sigmoid = fit_sigmoid(raw[is_known], later.loc[is_known, label].to_numpy(int))
        fitted.append((name, estimator, sigmoid, experiment.weights[name]))
        shares.append(sigmoid(raw))
    joined = join(shares, [weight for *_, weight in fitted])
    is_known = later["label"].notna().to_numpy()
    joint = fit_sigmoid(joined[is_known], later.loc[is_known, "label"].to_numpy(int))
    return RiskModel(algorithm, tuple(features), tuple(fitted), joint, _grades(train, outcomes, experiment))


def _grades(rows: pd.DataFrame, outcomes: list[str], experiment: Experiment) -> tuple[str, ...]:
    """Grades in which outcomes are known for enough of the students. In a last tested grade only those who
    repeat it have one, and they say nothing about the others."""
    known = rows[[f"label_{name}" for name in outcomes]].notna().any(axis=1).groupby(rows["grade"]).mean()
    return tuple(sorted(str(grade) for grade in known.index[known >= experiment.label["min_grade_share"]]))


def _held_out(
    algorithm: str, rows: pd.DataFrame, label: str, features: list[str], experiment: Experiment
) -> np.ndarray:
    """Raw shares for every row from models that never saw its school."""
    schools = rows["school_id"].fillna("").to_numpy()
    values = rows[features].to_numpy(float)
    is_known = rows[label].notna().to_numpy()
    raw = np.zeros(len(rows))
    for inside, outside in GroupKFold(min(5, len(np.unique(schools)))).split(values, groups=schools):
        fit_on = inside[is_known[inside]]
        estimator = _estimator(algorithm, features, experiment).fit(
            values[fit_on], rows[label].to_numpy()[fit_on].astype(int)
        )
        raw[outside] = estimator.predict_proba(values[outside])[:, 1]
    return raw
