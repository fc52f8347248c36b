"""What was planted in the generated district, and whether the flags find it.

What it means: the models see what drives the outcomes, and a model ranks only where it knows more than the rule.
When it matters: whenever features, labels or the training change.
How to fix: `ml/features/` for a sign, `ml/evaluation/backtest.py` and `ml/evaluation/gate.py` for who ships.
"""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from ml.config import OUTCOMES, Experiment, experiment_from, load_experiment
from ml.evaluation.backtest import Roll, run_roll, splits
from ml.evaluation.drivers import effect_figures
from ml.evaluation.gate import ABC_RULE, LOGISTIC, METHODS
from ml.features import Frames, build_frames
from ml.features.build import past_dates
from ml.pipeline import score
from ml.training.rule import abc_priority
from models.ml import FEATURES
from tests.marts.lakeside import AS_OF, Lakeside

# What a feature tells of a planted driver. Homes, meals and gifts are no features, and growth is hidden in the change
# of a score; the two programmes are looked at without what they work through, as the truth tells them.
SHOWN_BY = {
    "el": ("is_el", "is_el", "is_swd", "grade_number"),
    "swd": ("is_swd", "is_el", "is_swd", "grade_number"),
    "disengagement": ("absent_share_45", "absent_share_45"),
    "absence": ("absent_share_year", "absent_share_year"),
    "growth": ("score_z_change", "score_z_change"),
}

# Which way each feature made of marks goes with a failure to come.
MARKS = {
    "core_points": -1,
    "core_failing": 1,
    "core_low": 1,
    "core_points_change": -1,
    "core_low_change": 1,
    "prior_core_failing": 1,
}
# What no model may see, and what nobody is before the day: the effect of a seat has tests of its own.
NOT_LOOKED_AT = {"seat in the intervention"}
# Standard errors that a coefficient of the right sign lies from zero, at least.
CLEAR = 2.0


def _frames(lakeside: Lakeside, experiment: Experiment) -> Frames:
    with lakeside.engine.begin() as connection:
        dates = [*past_dates(connection, experiment, AS_OF), AS_OF]
        return build_frames(connection, experiment, dates, AS_OF)


def _newest_roll(frames: Frames, experiment: Experiment, label: str = "label") -> Roll:
    rows = frames.rows.assign(label=frames.rows[label])
    labelled = rows[rows["label"].notna()].reset_index(drop=True)
    years = sorted(int(year) for year in labelled["school_year"].unique())
    roll = run_roll(splits(years, 1)[0], labelled, experiment, frames.source, None)
    assert roll is not None
    return roll


def _seeing(features: tuple[str, ...], outcome: str) -> Experiment:
    """The experiment with one outcome and no features but these."""
    weights = {name: float(name == outcome) for name in OUTCOMES}
    return experiment_from(
        {
            "ml": {
                "label": {"weights": weights, "min_rows": 100, "min_positives": 10},
                "features": {"without": [name for name in FEATURES if name not in features]},
                "evaluation": {"bootstrap": 20},
            }
        }
    )


def _wrong_signs(frames: Frames, truth: dict[str, Any]) -> list[str]:
    """Planted drivers that a feature shows and whose sign the model has wrong."""
    wrong, looked_at = [], 0
    for planted in truth["outcome_drivers"]:
        if planted["driver"] not in SHOWN_BY:
            continue
        outcome, (feature, *seen) = planted["outcome"], SHOWN_BY[planted["driver"]]
        # More absence is more risk; more points of a mark or a score are less.
        raises = (planted["sign"] == "+") == (outcome == "absence")
        roll = _newest_roll(frames, _seeing(tuple(seen), outcome), f"label_{outcome}")
        moves = {figure.subset: figure.value or 0.0 for figure in effect_figures(roll, LOGISTIC)}
        looked_at += 1
        if moves[f"feature:{feature}"] * (1 if raises else -1) <= 0.005:
            wrong.append(f"{outcome}: {planted['driver']} {planted['sign']}, but {feature} moves by {moves}")
    assert looked_at >= 10
    return wrong


def _alone(outcome: str, policy: dict[str, Any]) -> Experiment:
    """The experiment with one outcome and every feature."""
    weights = {name: float(name == outcome) for name in OUTCOMES}
    return experiment_from({"ml": {"label": {"weights": weights}, **policy}})


def _wrong_groups(lakeside: Lakeside, frames: Frames) -> tuple[list[str], set[tuple[str, str]]]:
    """Planted drivers that are groups or grades and whose sign a fitted model has wrong, and all that were looked at.

    The log-odds of each model's risk in the test year on every group and grade together: least squares of the test's
    own, on memberships that no model saw.
    """
    wrong, seen = [], set()
    for outcome in OUTCOMES:
        roll = _newest_roll(frames, _alone(outcome, {"evaluation": {"bootstrap": 20}}), f"label_{outcome}")
        rows = roll.rows
        members = lakeside.frame(
            "select distinct student_id, subgroup from marts.brg_student_subgroup "
            f"where school_year = {roll.split.test} and subgroup_kind = 'program'"
        )
        columns = {
            name: rows["student_id"].isin(part["student_id"]).astype(float)
            for name, part in members.groupby("subgroup")
            if name != "ever_el"
        }
        # Against the first grade there is: kindergarten, where absence is told against it.
        first, *others = sorted(rows["grade"].unique(), key=lambda grade: (grade != "KG", grade))
        columns |= {f"grade {grade}": (rows["grade"] == grade).astype(float) for grade in others}
        matrix = pd.DataFrame(columns).assign(level=1.0)
        assert first == ("06" if outcome == "course_failure" else "KG")
        for algorithm, model in roll.models.items():
            risk = np.clip(model.risk(rows), 1e-6, 1 - 1e-6)
            odds, values = np.log(risk / (1 - risk)), matrix.to_numpy()
            found = np.linalg.lstsq(values, odds, rcond=None)[0]
            spread = np.var(odds - values @ found)
            errors = np.sqrt(spread * np.diag(np.linalg.inv(values.T @ values)))
            of = dict(zip(matrix.columns, found / errors, strict=True))
            for planted in lakeside.truth["outcome_drivers"]:
                if planted["outcome"] != outcome or planted["driver"] not in of:
                    continue
                raises = (planted["sign"] == "+") == (outcome == "absence")
                seen.add((outcome, planted["driver"]))
                if of[planted["driver"]] * (1 if raises else -1) < CLEAR:
                    wrong.append(f"{outcome}: {planted['driver']} {planted['sign']}, but {algorithm} says {of}")
    return wrong, seen


def _follows_the_rule(frames: Frames) -> Frames:
    """The variant: who the ABC rule puts first in each school has the outcome, and nobody else."""
    rows = frames.rows.copy()
    first = (
        pd.Series(abc_priority(rows)).groupby([rows["school_year"], rows["school_id"]]).rank(ascending=False, pct=True)
    )
    for name in OUTCOMES:
        rows[f"label_{name}"] = np.nan
    rows["label"] = rows["label_absence"] = (first <= 0.2).astype(float).where(rows["label"].notna())
    return Frames(rows, frames.source)


@pytest.fixture(scope="module")
def frames(lakeside: Lakeside) -> Frames:
    return _frames(lakeside, experiment_from({}))


def test_planted_drivers_are_found_with_their_signs(lakeside: Lakeside, frames: Frames) -> None:
    assert _wrong_signs(frames, lakeside.truth) == []


def test_where_outcomes_follow_the_rule_the_rule_ships(frames: Frames) -> None:
    roll = _newest_roll(_follows_the_rule(frames), experiment_from({"ml": {"evaluation": {"bootstrap": 200}}}))
    assert (roll.figures[ABC_RULE]["precision"] or 0) > 0.95
    assert roll.winner == ABC_RULE, roll.gains


@pytest.mark.slow
def test_every_planted_driver_is_found_with_its_sign(whole_lakeside: Lakeside) -> None:
    """Features by their effect, groups and grades by the risk that the models give them, marks one by one."""
    frames = _frames(whole_lakeside, load_experiment())
    assert _wrong_signs(frames, whole_lakeside.truth) == []
    wrong, seen = _wrong_groups(whole_lakeside, frames)
    assert wrong == []
    planted = {(one["outcome"], one["driver"]) for one in whole_lakeside.truth["outcome_drivers"]}
    left_out = {(outcome, driver) for outcome, driver in planted - seen if driver not in SHOWN_BY}
    assert {driver for _, driver in left_out} == NOT_LOOKED_AT
    for feature, sign in MARKS.items():
        roll = _newest_roll(frames, _seeing((feature,), "course_failure"), "label_course_failure")
        (figure,) = effect_figures(roll, LOGISTIC)
        assert figure.subset == f"feature:{feature}" and sign * (figure.value or 0.0) > 0.02, figure


@pytest.mark.slow
def test_on_the_whole_district_the_model_ships(whole_lakeside: Lakeside) -> None:
    """Each rolling year against each baseline, the planted signs, and the rule where it is the truth."""
    result = score(AS_OF)
    assert result.shipped == "model" and (result.gain_low or 0) > 0
    with whole_lakeside.engine.connect() as connection:
        table = pd.read_sql_query(
            text(
                "select test_year, method, value, low, high from ml.evaluation "
                "where model_id = :m and metric = 'precision' and subset = 'all' order by 1 desc, 3"
            ),
            connection,
            params={"m": result.model_id},
        )
    print("\n", table.to_string(index=False))
    # Five school years: the first two can only be learned from.
    assert set(table["test_year"]) == {2025, 2024} and set(table["method"]) == set(METHODS)
    assert (table["low"] <= table["value"]).all() and (table["value"] <= table["high"]).all()
    experiment = load_experiment()
    frames = _frames(whole_lakeside, experiment)
    whole = {
        figure.subset.partition(":")[2]: figure.value or 0.0
        for figure in effect_figures(_newest_roll(frames, experiment), LOGISTIC)
    }
    for name, sign in (("absent_share_45", 1), ("tardy_share_20", 1), ("core_points", -1), ("score_z", -1)):
        assert sign * whole[name] > 0.01, (name, whole[name])
    assert _newest_roll(_follows_the_rule(frames), experiment).winner == ABC_RULE
