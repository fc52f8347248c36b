"""Figures of what came of lists, and the comparisons that promote and demote."""

from typing import Any

import numpy as np
import pandas as pd

from ml.evaluation import metrics
from ml.evaluation.card import band_of
from ml.fairness.audit import Audit, Figure, audit_rows
from ml.outcome.students import Seen, schools_and_values

RULE = "abc_rule"
MOST_LOST = 0.02


def list_figures(seen: Seen, groups: pd.DataFrame) -> tuple[list[tuple[str, Figure]], Audit]:
    """Method and figure: the list at its seats against the rule and the challenger, calibration, bands and groups."""
    rows, setting = seen.known, seen.experiment.evaluation
    draws = setting["bootstrap"]
    picks = {seen.method: ("chosen", "risk"), RULE: ("by_rule", None)}
    if seen.challenger is not None:
        picks[seen.challenger] = ("by_shadow", "shadow_risk")
    found: list[tuple[str, Figure]] = []
    for method, (pick, risk) in picks.items():
        school, outcome, taken = schools_and_values(rows, pick)
        low, high = metrics.precision_interval(school, outcome, taken, draws)
        values = metrics.at_seats(outcome, taken)
        found.append((method, _figure("precision", values.pop("precision"), len(rows), low, high)))
        if risk is not None:
            values |= calibration(outcome, rows[risk].to_numpy(float))
        found += [(method, _figure(name, value, len(rows))) for name, value in values.items()]
    gain = _gain(rows, "chosen", "by_rule", draws)
    found.append((seen.method, _figure(f"gain_over_{RULE}", gain[0], len(rows), *gain[1:])))
    band = band_of(rows["risk"].to_numpy(float), setting["bands"])
    for name in [*setting["bands"], "low"]:
        inside = rows["outcome"].to_numpy(float)[band == name]
        rate = float(inside.mean()) if len(inside) else None
        found.append((seen.method, _figure("realised_rate", rate, len(inside), subset=f"band:{name}")))
    audited = audit_rows(rows, groups, setting)
    return [*found, *((seen.method, figure) for figure in audited.figures)], audited


def calibration(outcome: np.ndarray, risk: np.ndarray) -> dict[str, float | None]:
    """Brier skill, calibration error and slope."""
    return {
        "brier_skill": metrics.brier_skill(outcome, risk),
        "calibration_error": metrics.expected_calibration_error(outcome, risk),
        "calibration_slope": metrics.calibration_slope(outcome, risk),
    }


def against_rule(seen: list[Seen]) -> dict[str, Any]:
    """Precision of one model's lists and of the rule at the same seats, over all its lists, and the gain."""
    rows = pd.concat([one.known for one in seen], ignore_index=True)
    value, low, high = _gain(rows, "chosen", "by_rule", seen[0].experiment.evaluation["bootstrap"])
    return {
        "lists": [one.version for one in seen],
        "precision": _precision(rows, "chosen"),
        "precision_of_rule": _precision(rows, "by_rule"),
        "gain": value,
        "gain_low": low,
        "gain_high": high,
    }


def against_champion(seen: list[Seen], groups: dict[str, pd.DataFrame]) -> tuple[dict[str, Any], list[str]]:
    """The challenger against what ranked, over the lists it was watched at; and which conditions it does not meet.

    groups: student_id, kind and subgroup by list. It must be better at the seats with its whole interval, no worse
    calibrated, and no group's true-positive rate may fall by more than 0.02. A group that is too small to tell is null
    in the evidence: no pass, and for the person who promotes to weigh.
    """
    setting = seen[0].experiment.evaluation
    rows = pd.concat([one.known for one in seen], ignore_index=True)
    outcome = rows["outcome"].to_numpy(float)
    value, low, high = _gain(rows, "by_shadow", "chosen", setting["bootstrap"])
    errors = [
        metrics.expected_calibration_error(outcome, rows[risk].to_numpy(float)) or 0.0
        for risk in ("shadow_risk", "risk")
    ]
    failing = []
    if low is None or low <= 0:
        failing.append("its gain in precision at the seats is not proven")
    if errors[0] > errors[1]:
        failing.append(f"it is worse calibrated ({errors[0]:.3f} against {errors[1]:.3f})")
    lost: dict[str, float | None] = {}
    joined = pd.concat([one.known.merge(groups[one.version], on="student_id") for one in seen], ignore_index=True)
    for (kind, name), part in joined[joined["outcome"] == 1].groupby(["kind", "subgroup"], sort=True):
        is_enough = len(part) >= setting["min_positives"]
        fall = float(part["chosen"].mean() - part["by_shadow"].mean())
        lost[f"{kind}:{name}"] = round(fall, 6) if is_enough else None
        if is_enough and fall > MOST_LOST:
            failing.append(f"of {kind} {name} with an outcome, {fall:.1%} fewer would have had a seat")
    evidence = {
        "lists": [one.version for one in seen],
        "precision": _precision(rows, "by_shadow"),
        "precision_of_champion": _precision(rows, "chosen"),
        "gain": value,
        "gain_low": low,
        "gain_high": high,
        "calibration_error": errors[0],
        "calibration_error_of_champion": errors[1],
        "true_positive_rate_lost": lost,
    }
    return evidence, failing


def _precision(rows: pd.DataFrame, pick: str) -> float | None:
    _, outcome, taken = schools_and_values(rows, pick)
    return metrics.at_seats(outcome, taken)["precision"]


def _gain(rows: pd.DataFrame, pick: str, against: str, draws: int) -> tuple[float | None, float | None, float | None]:
    school, outcome, taken = schools_and_values(rows, pick)
    return metrics.precision_gain(school, outcome, taken, rows[against].to_numpy(bool), draws)


def _figure(
    metric: str,
    value: float | None,
    n: int,
    low: float | None = None,
    high: float | None = None,
    subset: str = "all",
) -> Figure:
    return Figure(metric, subset, value, n, low, high, "insufficient" if value is None else "ok")
