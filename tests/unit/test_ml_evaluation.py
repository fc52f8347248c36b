"""Figures of the evaluation against worked cases.

What it means: precision, calibration and group rates say what their names say.
When it matters: a model ships or stays at home by these figures.
How to fix: `ml/evaluation/metrics.py`, `ml/evaluation/gate.py`, `ml/fairness/audit.py`.
"""

import numpy as np
import pandas as pd
import pytest

from ml.config import experiment_from
from ml.evaluation import metrics
from ml.evaluation.backtest import Split, final_split, splits
from ml.evaluation.card import band_of
from ml.evaluation.gate import ABC_RULE, BOOSTING, LOGISTIC, Gain, best_simple, winner
from ml.fairness.audit import group_figures
from ml.training.outcome import fit_sigmoid, join
from ml.training.rule import abc_flags, fit_rule


def test_precision_recall_and_lift_by_hand() -> None:
    outcome = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0], float)
    chosen = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
    assert metrics.at_seats(outcome, chosen) == {
        "precision": 0.5,
        "recall": pytest.approx(2 / 3),
        "lift": pytest.approx(0.5 / 0.3),
    }


def test_nothing_is_divided_by_zero() -> None:
    none = np.zeros(4)
    assert metrics.at_seats(none, none.astype(bool)) == {"precision": None, "recall": None, "lift": None}
    assert metrics.average_precision(none, none) is None
    assert metrics.brier_skill(none, none) is None
    assert metrics.calibration_slope(none, np.full(4, 0.5)) is None
    assert metrics.expected_calibration_error(np.zeros(0), np.zeros(0)) is None


def test_brier_skill_by_hand() -> None:
    # Base rate 0.5: reference 0.25; the risks miss by 0.1 each: 0.01.
    assert metrics.brier_skill(np.array([1.0, 0.0]), np.array([0.9, 0.1])) == pytest.approx(1 - 0.01 / 0.25)


def test_calibration_error_over_ten_bins_by_hand() -> None:
    # Ten bins of ten: risk 0.3 everywhere, and the outcome in 2 of 10 of each bin.
    risk, outcome = np.full(100, 0.3), np.tile([1, 1, 0, 0, 0, 0, 0, 0, 0, 0], 10).astype(float)
    assert metrics.expected_calibration_error(outcome, risk) == pytest.approx(0.1)


def test_calibration_slope_of_right_and_of_too_extreme_risks() -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(0, 1.5, 20_000)
    outcome = (rng.random(20_000) < 1 / (1 + np.exp(-logit))).astype(float)
    assert metrics.calibration_slope(outcome, 1 / (1 + np.exp(-logit))) == pytest.approx(1, abs=0.05)
    assert metrics.calibration_slope(outcome, 1 / (1 + np.exp(-2 * logit))) == pytest.approx(0.5, abs=0.03)


def test_gain_is_bootstrapped_by_school() -> None:
    school = np.repeat([f"S{number}" for number in range(30)], 20)
    outcome = np.tile([1] * 5 + [0] * 15, 30).astype(float)
    right, wrong = np.tile([1] * 5 + [0] * 15, 30).astype(bool), np.tile([0] * 15 + [1] * 5, 30).astype(bool)
    assert metrics.precision_gain(school, outcome, right, wrong, 200) == (1.0, 1.0, 1.0)
    # One school alone carries the gain: the interval must reach zero.
    only = right.copy()
    only[20:] = wrong[20:]
    value, low, _ = metrics.precision_gain(school, outcome, only, wrong, 500)
    assert value is not None and value > 0 and low == 0.0


def _gain(candidate: str, low: float | None) -> Gain:
    return Gain(candidate, ABC_RULE, 0.1, low, 0.2)


def test_only_a_proven_gain_ships() -> None:
    assert winner({BOOSTING: _gain(BOOSTING, 0.01), LOGISTIC: _gain(LOGISTIC, 0.01)}) == BOOSTING
    assert winner({BOOSTING: _gain(BOOSTING, 0.0), LOGISTIC: _gain(LOGISTIC, 0.01)}) == LOGISTIC
    assert winner({BOOSTING: _gain(BOOSTING, -0.01), LOGISTIC: _gain(LOGISTIC, None)}) == ABC_RULE


def test_boosting_must_beat_logistic_regression_too() -> None:
    precision: dict[str, float | None] = {"random": 0.2, "last_year_outcome": 0.5, ABC_RULE: 0.6, LOGISTIC: 0.7}
    assert best_simple(BOOSTING, precision) == LOGISTIC
    assert best_simple(LOGISTIC, precision) == ABC_RULE


def test_splits_never_train_on_the_year_before_the_test() -> None:
    assert splits([2021, 2022, 2023, 2024], 3) == [
        Split((2021, 2022), 2023, 2024),
        Split((2021,), 2022, 2023),
    ]
    assert splits([2024, 2025], 3) == [Split((2024,), None, 2025)]
    assert splits([2025], 3) == []
    assert final_split([2023, 2024, 2025]) == Split((2023, 2024), 2025, None)
    assert final_split([2025]) == Split((2025,), None, None)
    assert final_split([]) is None


def test_group_figures_equal_a_hand_computation() -> None:
    # 25 students, 12 with an outcome, 8 chosen of whom 6 had one.
    part = pd.DataFrame(
        {
            "outcome": [1] * 12 + [0] * 13,
            "chosen": [True] * 6 + [False] * 6 + [True] * 2 + [False] * 11,
            "risk": [0.5] * 25,
        }
    )
    figures = {figure.metric: figure for figure in group_figures(part, "race:black", 10)}
    assert figures["true_positive_rate"].value == pytest.approx(6 / 12)
    assert figures["false_negative_rate"].value == pytest.approx(6 / 12)
    assert figures["false_positive_rate"].value == pytest.approx(2 / 13)
    assert figures["precision"].value == pytest.approx(6 / 8)
    assert figures["calibration_gap"].value == pytest.approx(0.5 - 12 / 25)
    assert {figure.status for figure in figures.values()} == {"ok"}
    few = group_figures(part.iloc[3:], "race:black", 10)
    assert {figure.status for figure in few} == {"insufficient"} and {figure.value for figure in few} == {None}


def test_outcomes_are_joined_by_their_weights() -> None:
    joined = join([np.array([0.2]), np.array([0.5])], [1.0, 1.0])
    assert joined[0] == pytest.approx(1 - 0.8 * 0.5)
    assert join([np.array([0.2]), np.array([0.5])], [2.0, 0.5])[0] == pytest.approx(1 - 0.8**2 * 0.5**0.5)


def test_calibration_never_turns_the_ranking_round() -> None:
    raw = np.linspace(0.1, 0.9, 50)
    outcome = (raw < 0.5).astype(int)
    calibrated = fit_sigmoid(raw, outcome)(raw)
    assert (np.diff(calibrated) > 0).all()


def _rows(**columns: list[float]) -> pd.DataFrame:
    names = (
        "absent_share_year",
        "mandatory_actions",
        "discretionary_actions",
        "core_failing",
        "below_cut",
    )
    size = len(next(iter(columns.values())))
    return pd.DataFrame({name: columns.get(name, [np.nan] * size) for name in (*names, *set(columns) - set(names))})


def test_abc_flags_by_hand() -> None:
    rows = _rows(
        absent_share_year=[0.0999, 0.10, 0.3, 0.0, 0.0],
        mandatory_actions=[0, 0, 1, 0, 0],
        core_failing=[0, 0, 2, np.nan, 0],
        below_cut=[2, 0, 2, 2, 2],
    )
    # Below the cut counts only where there are no marks.
    assert list(abc_flags(rows)) == [0, 1, 3, 2, 0]


def test_more_flags_never_mean_less_risk() -> None:
    rows = _rows(
        absent_share_year=[0.0] * 20 + [0.2] * 20,
        core_failing=[0.0] * 40,
        label=[1.0] * 10 + [0.0] * 10 + [0.0] * 20,
    )
    rates = fit_rule(rows).rates
    assert rates[0] == pytest.approx((10 + 2 * 0.25) / 22)
    assert list(rates) == sorted(rates)


def test_bands_begin_at_their_risk() -> None:
    bands = experiment_from({}).evaluation["bands"]
    assert list(band_of(np.array([0.1, 0.3, 0.49, 0.5]), bands)) == ["low", "elevated", "elevated", "high"]
