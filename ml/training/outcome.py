"""One model per outcome and grade band, calibrated on later rows, joined by the district's weights."""

from dataclasses import dataclass
from functools import cache
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

from ml.config import ALL_GRADES, Experiment
from ml.training.enough import band_names, bands_in, has_enough, known_grades

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
class OutcomeModel:
    """A fitted estimator of one outcome, the places of its columns among the features, its calibration and weight."""

    name: str
    estimator: Any
    columns: tuple[int, ...]
    calibrate: Sigmoid
    weight: float

    def share_of(self, values: np.ndarray) -> np.ndarray:
        """Calibrated chance of the outcome per row of values [rows, features]."""
        return self.calibrate(self.estimator.predict_proba(values[:, self.columns])[:, 1])


@dataclass(frozen=True)
class BandModel:
    """The outcomes of one grade band, and the calibration of their joined risk on "any outcome"."""

    band: str
    outcomes: tuple[OutcomeModel, ...]
    joint: Sigmoid

    def risk_of(self, values: np.ndarray) -> np.ndarray:
        """Calibrated chance of any outcome per row of values [rows, features]."""
        shares = [outcome.share_of(values) for outcome in self.outcomes]
        return self.joint(join(shares, [outcome.weight for outcome in self.outcomes]))


@dataclass(frozen=True)
class RiskModel:
    """The models of every grade band.

    features: the columns it reads, in order. bands: each with its models, ALL_GRADES last. grades: grades with a
    label in training. band_of_grade: grade and band, of every grade that has a band.
    """

    algorithm: str
    features: tuple[str, ...]
    bands: tuple[BandModel, ...]
    grades: tuple[str, ...]
    band_of_grade: tuple[tuple[str, str], ...]

    def bands_of(self, grades: pd.Series) -> np.ndarray:
        """Which of `bands` each row's grade is in [rows]; -1 where training saw nobody of its band."""
        place = {model.band: index for index, model in enumerate(self.bands)}
        band = grades.map(dict(self.band_of_grade)).fillna(ALL_GRADES)
        return band.map(place).fillna(-1).to_numpy(int)

    def risk(self, rows: pd.DataFrame) -> np.ndarray:
        """Calibrated chance of any outcome per row, 0 to 1; missing where training saw nobody of the grade's band."""
        return self.risk_of(rows[list(self.features)].to_numpy(float), self.bands_of(rows["grade"]))

    @threadpool_limits.wrap(limits=1)
    def risk_of(self, values: np.ndarray, band: np.ndarray) -> np.ndarray:
        """The same for values [rows, features] in the order of `features` and the `bands_of` each row."""
        risk = np.full(len(values), np.nan)
        for index, model in enumerate(self.bands):
            here = band == index
            if here.any():
                risk[here] = model.risk_of(values[here])
        return risk


def join(shares: list[np.ndarray], weights: list[float]) -> np.ndarray:
    """Chance of any outcome, were they independent, each weighted: 1 - product of (1 - p)^w."""
    none = np.ones_like(shares[0])
    for share, weight in zip(shares, weights, strict=True):
        none = none * (1 - np.clip(share, EDGE, 1 - EDGE)) ** weight
    return 1 - none


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
    """Fit every outcome in every grade band on `train`, calibrate on the later rows of `calibrate`.

    Without later rows, the calibration uses predictions for schools left out of the fit, five-fold. A band with too
    few students who had an outcome takes the outcome's model of all grades.
    """
    features = [name for name in experiment.feature_names if train[name].notna().any()]
    later = train if calibrate is None else calibrate
    learn = train if calibrate is None else pd.concat([train, calibrate])
    train_band, later_band = band_names(train["grade"], experiment), band_names(later["grade"], experiment)

    @cache
    def fitted(name: str, band: str) -> tuple[OutcomeModel, np.ndarray]:
        """The model of an outcome, and the calibrated share of each later row of the band."""
        rows, after = train, later
        if band != ALL_GRADES:
            rows, after = train[train_band == band], later[later_band == band]
        return _fit_outcome(algorithm, name, rows, None if calibrate is None else after, features, experiment)

    of_band: dict[str, tuple[OutcomeModel, ...]] = {}
    joined = np.zeros(len(later))
    for band in bands_in(learn, outcomes, experiment):
        here = later_band == band.name
        models, shares = [], []
        for name in band.outcomes:
            is_own = name in band.own
            model, share = fitted(name, band.name if is_own else ALL_GRADES)
            models.append(model)
            shares.append(share if is_own else share[here])
        joined[here] = join(shares, [model.weight for model in models])
        of_band[band.name] = tuple(models)
    label = later["label"].to_numpy(float)
    is_known = ~np.isnan(label)
    of_everybody = fit_sigmoid(joined[is_known], label[is_known].astype(int))
    bands = []
    for name, of in of_band.items():
        here = is_known & (later_band == name)
        # Each band by itself, so that a risk means the same in all of them at a school that has several.
        is_enough = len(of_band) > 1 and has_enough(label[here], experiment)
        joint = fit_sigmoid(joined[here], label[here].astype(int)) if is_enough else of_everybody
        bands.append(BandModel(name, of, joint))
    return RiskModel(
        algorithm,
        tuple(features),
        tuple(bands),
        known_grades(train, outcomes, experiment),
        tuple(sorted(experiment.band_of_grade.items())),
    )


def _fit_outcome(
    algorithm: str,
    name: str,
    train: pd.DataFrame,
    calibrate: pd.DataFrame | None,
    features: list[str],
    experiment: Experiment,
) -> tuple[OutcomeModel, np.ndarray]:
    """Fit one outcome; returns it with the calibrated share of each row that it was calibrated on."""
    later = train if calibrate is None else calibrate
    label = f"label_{name}"
    known = train[train[label].notna()]
    # A band may never have what others have: marks, in the lower grades.
    columns = tuple(place for place, feature in enumerate(features) if known[feature].notna().any())
    seen = [features[place] for place in columns]
    estimator = _estimator(algorithm, seen, experiment).fit(known[seen].to_numpy(float), known[label].to_numpy(int))
    if calibrate is None:
        raw = _held_out(algorithm, train, label, seen, experiment)
    else:
        raw = estimator.predict_proba(later[seen].to_numpy(float))[:, 1]
    is_known = later[label].notna().to_numpy()
    sigmoid = fit_sigmoid(raw[is_known], later.loc[is_known, label].to_numpy(int))
    return OutcomeModel(name, estimator, columns, sigmoid, experiment.weights[name]), sigmoid(raw)


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
