"""Distance of two distributions and how large it gets by chance when whole schools are drawn anew."""

import numpy as np
from scipy.stats import wasserstein_distance

GRID = 200


def spread(reference: np.ndarray) -> float:
    """Deviation that distances are measured in; never zero."""
    return max(float(np.std(reference)), 1e-3)


def distance(now: np.ndarray, reference: np.ndarray) -> float | None:
    """Wasserstein distance over the reference's deviation, missing values left out; null without values."""
    now, reference = now[~np.isnan(now)], reference[~np.isnan(reference)]
    if not len(now) or not len(reference):
        return None
    return float(wasserstein_distance(now, reference)) / spread(reference)


def chance_distance(values: np.ndarray, school: np.ndarray, draws: int, level: float) -> float:
    """The `level` quantile of the distance between two draws of whole schools from the same year.

    values and school run along the reference's students. Both sides are drawn, as both years are chance.
    Distances come from counts on at most 200 points, which is exact for features with fewer values.
    """
    known = ~np.isnan(values)
    values, school = values[known], school[known]
    if not len(values):
        return 0.0
    points = np.unique(values)
    if len(points) > GRID:
        points = np.unique(np.quantile(values, np.linspace(0, 1, GRID)))
    names, index = np.unique(school, return_inverse=True)
    column = np.clip(np.searchsorted(points, values, side="left"), 0, len(points) - 1)
    counts = np.zeros((len(names), len(points)))
    np.add.at(counts, (index, column), 1)
    rng = np.random.default_rng(0)
    chance = np.full(len(names), 1 / len(names))

    def cumulative() -> np.ndarray:
        drawn = rng.multinomial(len(names), chance, size=draws) @ counts
        return np.cumsum(drawn, axis=1) / drawn.sum(axis=1, keepdims=True)

    gaps = np.abs(cumulative() - cumulative())[:, :-1] @ np.diff(points)
    return float(np.quantile(gaps, level)) / spread(values)


def share_chance(is_flagged: np.ndarray, school: np.ndarray, draws: int, level: float) -> float:
    """The `level` quantile of the difference in shares between two draws of whole schools."""
    names, index = np.unique(school, return_inverse=True)
    flagged = np.bincount(index, weights=is_flagged.astype(float))
    size = np.bincount(index).astype(float)
    rng = np.random.default_rng(0)
    chance = np.full(len(names), 1 / len(names))
    shares = []
    for _ in range(2):
        weight = rng.multinomial(len(names), chance, size=draws)
        shares.append((weight @ flagged) / (weight @ size))
    return float(np.quantile(np.abs(shares[0] - shares[1]), level))
