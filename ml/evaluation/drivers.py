"""What a model learned of each feature: which way the risk moves with it, and how far."""

import numpy as np

from ml.evaluation.backtest import Roll
from ml.fairness.audit import Figure

ROWS = 2000
LOW, HIGH = 0.1, 0.9
METRIC = "feature_effect"


def shown_candidate(roll: Roll, algorithm: str) -> str:
    """The model that ranks, or where the rule does, the candidate that came closest."""
    if algorithm in roll.gains:
        return algorithm
    return max(roll.gains, key=lambda name: roll.figures[name]["precision"] or 0.0)


def effect_figures(roll: Roll, algorithm: str) -> list[Figure]:
    """Per feature, the change of the mean risk when it moves from its 10th to its 90th percentile, all else as it is.

    The percentiles are those of the student's grade band. A feature with the same value at both (a yes or no that few
    have) moves from its least to its greatest. Features without a value in the test year have no effect to tell. At
    most 2,000 rows, evenly thinned, of the grades that the model ranks.
    """
    model = roll.models[algorithm]
    ranked = roll.rows[roll.rows["grade"].isin(model.grades)]
    if ranked.empty:
        return []
    ranked = ranked.iloc[:: -(-len(ranked) // ROWS)]
    rows, band = ranked[list(model.features)], model.bands_of(ranked["grade"])
    values = rows.to_numpy(float)
    names, moved = [], []
    for column, name in enumerate(model.features):
        if rows[name].isna().all():
            continue
        names.append(name)
        of_band = rows[name].groupby(band)
        low, high = of_band.transform("quantile", LOW), of_band.transform("quantile", HIGH)
        same = low == high
        low, high = low.mask(same, of_band.transform("min")), high.mask(same, of_band.transform("max"))
        for end in (low, high):
            copy = values.copy()
            copy[:, column] = end
            moved.append(copy)
    # In one call: to predict for two thousand rows takes a fraction of what calling costs.
    risk = model.risk_of(np.concatenate(moved), np.tile(band, len(moved)))
    mean = risk.reshape(len(names), 2, len(rows)).mean(axis=2)
    return [
        Figure(METRIC, f"feature:{name}", float(high - low), len(rows))
        for name, (low, high) in zip(names, mean, strict=True)
    ]
