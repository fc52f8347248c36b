"""The effect at the seat cut by regression discontinuity: local linear, robust bias-corrected intervals."""

import contextlib
import io
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

# Two-sided 5 %, found four times in five: the normal quantiles of 0.975 and 0.8 added up.
DETECTABLE = 2.802
OFFER, SEAT, HOUR, BEFORE, DENSITY = "offer", "seat", "hour", "before", "density"


@dataclass(frozen=True)
class Effect:
    """One estimate with its 95 % interval.

    offer: points that being offered a seat at once is worth (intention to treat); seat and hour: points per seat
    taken and per hour attended, the offer being the instrument; before: the same jump in the result before the term,
    which must hold zero; density: p that nobody was moved over the cut. status: ok, or insufficient.
    """

    estimand: str
    value: float | None
    low: float | None
    high: float | None
    minimum_detectable: float | None
    below: int
    above: int
    bandwidth: float | None
    status: str


def effects(students: pd.DataFrame, least: int) -> list[Effect]:
    """Every estimand for one programme, of one term or of several.

    students: gap to the site's cut (from 0 on: offered at once), seat, hours, after, before, long_before (results),
    grade and elt_term. least: students that each side must have within the bandwidth, else insufficient.
    """
    known = students.dropna(subset=["gap", "after", "before"])
    held = _held_equal(known, ["before", "long_before"])
    earlier = students.dropna(subset=["gap", "before", "long_before"])
    found = [
        _jump(OFFER, known, "after", held, None, least),
        _jump(SEAT, known, "after", held, "seat", least),
        _jump(HOUR, known, "after", held, "hours", least),
        _jump(BEFORE, earlier, "before", _held_equal(earlier, ["long_before"]), None, least),
    ]
    return [*found, _density(students["gap"].dropna().to_numpy(float), least)]


def _held_equal(rows: pd.DataFrame, results: list[str]) -> np.ndarray:
    """Covariates: earlier results and indicators of grade and term [rows, columns], none constant."""
    columns: list[pd.Series | pd.DataFrame] = [
        rows[name].fillna(rows[name].mean()) for name in results if rows[name].notna().any()
    ]
    columns += [pd.get_dummies(rows[name].fillna("")).iloc[:, 1:] for name in ("grade", "elt_term")]
    values = pd.concat(columns, axis=1).to_numpy(float)
    return values[:, np.ptp(values, axis=0) > 0] if len(values) else values


def _jump(estimand: str, rows: pd.DataFrame, outcome: str, held: np.ndarray, dose: str | None, least: int) -> Effect:
    gap = rows["gap"].to_numpy(float)
    sides = int((gap < 0).sum()), int((gap >= 0).sum())
    if min(sides) < least or (dose is not None and np.ptp(rows[dose].to_numpy(float)) == 0):
        return Effect(estimand, None, None, None, None, *sides, None, "insufficient")
    fitted = _quietly(
        lambda: _rdrobust()(
            y=rows[outcome].to_numpy(float),
            x=gap,
            covs=held if held.size else None,
            fuzzy=None if dose is None else rows[dose].to_numpy(float),
        )
    )
    within = int(fitted.N_h[0]), int(fitted.N_h[1])
    bandwidth = float(fitted.bws.iloc[0, 0])
    value, error = float(fitted.coef.iloc[2, 0]), float(fitted.se.iloc[2, 0])
    low, high = (float(end) for end in fitted.ci.iloc[2])
    if min(within) < least or not np.isfinite([value, error, low, high]).all():
        return Effect(estimand, None, None, None, None, *within, bandwidth, "insufficient")
    return Effect(estimand, value, low, high, DETECTABLE * error, *within, bandwidth, "ok")


def _density(gap: np.ndarray, least: int) -> Effect:
    """Whether scores pile up on one side of the cut, as they would if somebody had been helped over it."""
    sides = int((gap < 0).sum()), int((gap >= 0).sum())
    if min(sides) < least:
        return Effect(DENSITY, None, None, None, None, *sides, None, "insufficient")
    fitted = _quietly(lambda: _rddensity()(X=gap))
    return Effect(DENSITY, float(fitted.test["p_jk"]), None, None, None, *sides, None, "ok")


def _quietly(estimate: Any) -> Any:
    """Both packages write to standard output and warn of ties, which scores of a decimal always have."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return estimate()


# Importing them takes seconds and brings a plotting library, so only an estimate pays for it.
def _rdrobust() -> Any:
    from rdrobust import rdrobust

    return rdrobust


def _rddensity() -> Any:
    from rddensity import rddensity

    return rddensity
