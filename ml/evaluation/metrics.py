"""Figures over students: risk (0..1), outcome (0/1), whether chosen for a seat. Null where not defined."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score

from ml.training.outcome import EDGE

BINS = 10
# Draws of fewer schools than this are too alike to tell what chance does.
FEWEST_SCHOOLS = 4


def ratio(numerator: float, denominator: float) -> float | None:
    """numerator / denominator, null for a zero denominator."""
    return float(numerator) / float(denominator) if denominator else None


def at_seats(outcome: np.ndarray, is_chosen: np.ndarray) -> dict[str, float | None]:
    """Precision, recall and lift of the chosen students."""
    hits = float(outcome[is_chosen].sum())
    precision = ratio(hits, int(is_chosen.sum()))
    base = float(outcome.mean()) if len(outcome) else 0.0
    return {
        "precision": precision,
        "recall": ratio(hits, float(outcome.sum())),
        "lift": None if precision is None else ratio(precision, base),
    }


def average_precision(outcome: np.ndarray, priority: np.ndarray) -> float | None:
    """Average precision of the ranking; null without a positive."""
    return float(average_precision_score(outcome, priority)) if outcome.any() else None


def brier_skill(outcome: np.ndarray, risk: np.ndarray) -> float | None:
    """1 - Brier score / Brier score of the base rate; null where only one outcome occurs."""
    reference = float(np.mean((outcome - outcome.mean()) ** 2)) if len(outcome) else 0.0
    skill = ratio(float(np.mean((outcome - risk) ** 2)), reference) if reference else None
    return None if skill is None else 1 - skill


def calibration_bins(outcome: np.ndarray, risk: np.ndarray) -> list[tuple[float, float, int]]:
    """Mean risk, share of outcomes and size of ten bins of equal mass, by rising risk."""
    order = np.argsort(risk, kind="stable")
    return [
        (float(risk[part].mean()), float(outcome[part].mean()), len(part))
        for part in np.array_split(order, BINS)
        if len(part)
    ]


def expected_calibration_error(outcome: np.ndarray, risk: np.ndarray) -> float | None:
    """Mean distance of risk and outcome over ten bins of equal mass; null without rows."""
    if not len(outcome):
        return None
    bins = calibration_bins(outcome, risk)
    return sum(abs(mean - share) * size for mean, share, size in bins) / len(outcome)


def calibration_slope(outcome: np.ndarray, risk: np.ndarray) -> float | None:
    """Slope of the outcome's log-odds on the risk's: 1 is right, less means risks too extreme."""
    if len(np.unique(outcome)) < 2 or np.ptp(risk) == 0:
        return None
    clipped = np.clip(risk, EDGE, 1 - EDGE)
    logit = np.log(clipped / (1 - clipped))[:, None]
    return float(LogisticRegression(C=1e6).fit(logit, outcome).coef_[0, 0])


def school_draws(schools: int, draws: int, seed: int = 0) -> np.ndarray:
    """Bootstrap weights [draws, schools]: how often each school is drawn, with replacement."""
    return np.random.default_rng(seed).multinomial(schools, np.full(schools, 1 / schools), size=draws)


def by_school(school: np.ndarray, *values: np.ndarray) -> list[np.ndarray]:
    """Sums of each of `values` per school [schools], schools in order."""
    names, index = np.unique(school, return_inverse=True)
    return [np.bincount(index, weights=value.astype(float), minlength=len(names)) for value in values]


def interval(samples: np.ndarray) -> tuple[float | None, float | None]:
    """2.5th and 97.5th percentile, leaving out draws where the figure is not defined."""
    known = samples[np.isfinite(samples)]
    if not len(known):
        return None, None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def precision_interval(
    school: np.ndarray, outcome: np.ndarray, chosen: np.ndarray, draws: int
) -> tuple[float | None, float | None]:
    """Interval of the precision of `chosen` over draws of whole schools; null for too few schools."""
    hits, listed = by_school(school, outcome * chosen, chosen)
    if len(hits) < FEWEST_SCHOOLS or not listed.sum():
        return None, None
    weight = school_draws(len(hits), draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        return interval((weight @ hits) / (weight @ listed))


def precision_gain(
    school: np.ndarray, outcome: np.ndarray, chosen: np.ndarray, against: np.ndarray, draws: int
) -> tuple[float | None, float | None, float | None]:
    """Precision of `chosen` less that of `against`, with its interval over draws of whole schools."""
    hits, listed, other_hits, other_listed = by_school(school, outcome * chosen, chosen, outcome * against, against)
    if not listed.sum() or not other_listed.sum():
        return None, None, None
    value = hits.sum() / listed.sum() - other_hits.sum() / other_listed.sum()
    if len(hits) < FEWEST_SCHOOLS:
        return float(value), None, None
    weight = school_draws(len(hits), draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        samples = (weight @ hits) / (weight @ listed) - (weight @ other_hits) / (weight @ other_listed)
    low, high = interval(samples)
    return float(value), low, high
