"""Grade bands: a model and a calibration of its own for each outcome.

What it means: what raises a risk may differ by grade, and 0.4 means 0.4 in every grade of a school.
When it matters: at schools with several bands, whose students compete for the same seats.
How to fix: `ml/training/enough.py` for who shares a model, `ml/training/outcome.py` for the fit.
"""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.config import ALL_GRADES, OUTCOMES, Experiment, experiment_from
from ml.evaluation.backtest import run_roll, splits
from ml.evaluation.card import grade_band_rows
from ml.evaluation.drivers import effect_figures
from ml.training.artifact import Artifact, ArtifactMismatch, dump, load
from ml.training.enough import Band, bands_in
from ml.training.outcome import LOGISTIC, fit_model
from ml.training.rule import Rule
from models.ml import FEATURES

LOWER, UPPER = ["01", "02"], ["06", "07"]
BANDS = [{"band": "lower", "grades": LOWER}, {"band": "upper", "grades": UPPER}]


def _experiment(**training: Any) -> Experiment:
    quick = {"boosting": {"max_iter": 10}, "grade_bands": BANDS, **training}
    return experiment_from({"ml": {"training": quick, "evaluation": {"bootstrap": 20}}})


def _rows(per_grade: int = 400, seed: int = 3) -> pd.DataFrame:
    """Three school years in which tardiness raises the risk of absence in the lower grades and lowers it in the upper.

    Marks, and so failures, are the upper grades' alone. A third, unnamed band (grade 12) is as the upper.
    """
    rng = np.random.default_rng(seed)
    grade = np.tile(np.repeat([*LOWER, *UPPER, "12"], per_grade), 3)
    size, is_upper = len(grade), ~np.isin(grade, LOWER)
    rows = pd.DataFrame({name: np.full(size, np.nan) for name in FEATURES})
    rows["grade"], rows["grade_number"] = grade, grade.astype(int)
    rows["school_year"] = np.repeat([2023, 2024, 2025], size // 3)
    rows["as_of"] = "2026-03-02"
    rows["school_id"] = rng.choice(["A", "B", "C", "D", "E"], size)
    rows["student_id"] = [f"P{number:05d}" for number in range(size)]
    rows["enrolled_days"] = 100.0
    rows["tardy_share_year"] = rng.random(size)
    rows["core_points"] = np.where(is_upper, rng.normal(75, 8, size), np.nan)
    odds = np.where(is_upper, -0.2 - 3 * (rows["tardy_share_year"] - 0.5), -1.2 + 3 * (rows["tardy_share_year"] - 0.5))
    rows["label_absence"] = (rng.random(size) < 1 / (1 + np.exp(-odds))).astype(float)
    fails = rng.random(size) < 1 / (1 + np.exp(1 + 0.3 * (rows["core_points"] - 75)))
    rows["label_course_failure"] = np.where(is_upper, fails, np.nan)
    rows["label_benchmark"] = np.nan
    return rows.assign(label=rows[[f"label_{name}" for name in OUTCOMES]].max(axis=1))


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return _rows()


def test_who_learns_alone_and_who_shares(rows: pd.DataFrame) -> None:
    learn = rows[rows["school_year"] < 2025]
    outcomes = ["absence", "course_failure"]
    assert bands_in(learn, outcomes, _experiment()) == [
        Band("lower", ("absence",), ()),
        Band("upper", ("absence", "course_failure"), ()),
        Band(ALL_GRADES, (), ("absence", "course_failure")),
    ]
    # One year with 30 failures left in the upper band: too few for a model of its own, though other years have more.
    few = learn.copy()
    failed = few.index[(few["school_year"] == 2024) & few["grade"].isin(UPPER) & (few["label_course_failure"] == 1)]
    few.loc[failed[30:], "label_course_failure"] = 0.0
    assert bands_in(few, outcomes, _experiment())[1] == Band("upper", ("absence",), ("course_failure",))
    assert bands_in(few, outcomes, _experiment(band_min_positives=30))[1] == Band(
        "upper", ("absence", "course_failure"), ()
    )
    # Without bands everybody shares.
    assert bands_in(learn, outcomes, _experiment(grade_bands=[])) == [Band(ALL_GRADES, (), tuple(outcomes))]
    # A band that only the newer year has cannot be learned from the older.
    young = learn[(learn["school_year"] == 2024) | ~learn["grade"].isin(LOWER)]
    assert bands_in(young, outcomes, _experiment())[0] == Band("lower", (), ("absence",))


def test_a_band_has_its_own_signs_and_its_own_calibration(rows: pd.DataFrame) -> None:
    train, later, test = (rows[rows["school_year"] == year].reset_index(drop=True) for year in (2023, 2024, 2025))
    outcomes = ["absence", "course_failure"]
    banded = fit_model(LOGISTIC, train, later, outcomes, _experiment())
    pooled = fit_model(LOGISTIC, train, later, outcomes, _experiment(grade_bands=[]))
    assert [[one.name for one in band.outcomes] for band in banded.bands] == [["absence"], outcomes, outcomes]
    high, low = test.assign(tardy_share_year=0.9), test.assign(tardy_share_year=0.1)
    move = pd.Series(banded.risk(high) - banded.risk(low)).groupby(test["grade"]).mean()
    assert move["01"] > 0.3 and move["06"] < -0.2
    gap = {
        name: (pd.Series(model.risk(test)) - test["label"]).groupby(test["grade"].isin(LOWER)).mean().abs()
        for name, model in (("banded", banded), ("pooled", pooled))
    }
    # 800 students a group: a share of them is off by up to 0.035 by chance.
    assert gap["banded"].max() < 0.04 and gap["pooled"].max() > 0.08, gap


def test_grades_in_no_band_share_one_model(rows: pd.DataFrame) -> None:
    """Those of no band, and a band whose outcome is rare, have the model that all grades would have without bands."""
    train, later = (rows[rows["school_year"] == year].reset_index(drop=True) for year in (2023, 2024))
    shy = _experiment(band_min_positives=10_000)
    banded = fit_model(LOGISTIC, train, later, ["absence"], shy)
    pooled = fit_model(LOGISTIC, train, later, ["absence"], _experiment(grade_bands=[]))
    estimators = {id(one.estimator) for band in banded.bands for one in band.outcomes}
    assert len(banded.bands) == 3 and len(estimators) == 1
    assert np.array_equal(banded.risk(later), pooled.risk(later))


def test_nobody_is_ranked_by_a_model_that_saw_no_such_student(rows: pd.DataFrame) -> None:
    """A grade whose band was never seen has no risk by the model, and goes by the rule."""
    seen = rows[rows["grade"].isin(LOWER)]
    train, later = (seen[seen["school_year"] == year].reset_index(drop=True) for year in (2023, 2024))
    model = fit_model(LOGISTIC, train, later, ["absence"], _experiment())
    other = rows[rows["grade"].isin([*UPPER, "12"])]
    assert np.isnan(model.risk(other)).all() and not set(model.grades) & set(other["grade"])
    experiment = _experiment(held_out_folds=0)
    test = pd.concat([seen, other[other["school_year"] == 2025]]).reset_index(drop=True)
    roll = run_roll(splits([2023, 2024, 2025], 1)[0], test, experiment, "enrollment", None)
    assert roll is not None
    for method in roll.risk:
        assert not np.isnan(roll.risk[method]).any()
    effects = {figure.subset: figure for figure in effect_figures(roll, LOGISTIC)}
    assert (effects["feature:tardy_share_year"].value or 0) > 0.3
    assert effects["feature:tardy_share_year"].n == int((roll.rows["grade"].isin(LOWER)).sum())


def test_the_card_tells_each_band(rows: pd.DataFrame) -> None:
    """Seats, realised rate and calibration of each band, counted by hand."""
    experiment = _experiment(held_out_folds=0)
    roll = run_roll(splits([2023, 2024, 2025], 1)[0], rows, experiment, "enrollment", None)
    assert roll is not None
    found = {row["band"]: row for row in grade_band_rows(roll, LOGISTIC, experiment)}
    assert list(found) == ["lower", "upper", ALL_GRADES]
    upper = roll.rows["grade"].isin(UPPER).to_numpy()
    chosen = upper & roll.chosen[LOGISTIC]
    assert found["upper"]["size"] == int(upper.sum()) == 800 and found["upper"]["seats"] == int(chosen.sum()) > 0
    assert found["upper"]["realised_rate"] == roll.rows.loc[upper, "label"].mean()
    assert found["upper"]["precision"] == roll.rows.loc[chosen, "label"].mean()
    gap = float((roll.risk[LOGISTIC][upper] - roll.rows["label"].to_numpy()[upper]).mean())
    assert found["upper"]["calibration_gap"] == pytest.approx(gap)
    # Nobody of the lower grades had a seat by rank, which is no precision of zero.
    assert (found["lower"]["seats"], found["lower"]["precision"]) == (0, None)
    assert sum(row["seats"] for row in found.values()) == int(roll.chosen[LOGISTIC].sum())


def test_the_artifact_keeps_every_band(rows: pd.DataFrame) -> None:
    train, later = (rows[rows["school_year"] == year].reset_index(drop=True) for year in (2023, 2024))
    model = fit_model(LOGISTIC, train, later, ["absence", "course_failure"], _experiment())
    content, sha256 = dump(Artifact(Rule((0.1, 0.2, 0.3, 0.4)), model))
    again = fit_model(LOGISTIC, train, later, ["absence", "course_failure"], _experiment())
    assert dump(Artifact(Rule((0.1, 0.2, 0.3, 0.4)), again)) == (content, sha256)
    opened = load(content, sha256, "m").model
    assert opened is not None and np.array_equal(opened.risk(later), model.risk(later))


def test_a_model_of_an_earlier_version_is_refused(rows: pd.DataFrame) -> None:
    """Its parts have other names, so scoring by it would fail half-way or say something else."""
    train = rows[rows["school_year"] == 2023].reset_index(drop=True)
    model = fit_model(LOGISTIC, train, train, ["absence"], _experiment())
    older = pickle.loads(pickle.dumps(model))
    vars(older)["outcomes"] = vars(older).pop("bands")
    content, sha256 = dump(Artifact(Rule((0.1, 0.2, 0.3, 0.4)), older))
    with pytest.raises(ArtifactMismatch, match="Model m was trained by another version of the platform"):
        load(content, sha256, "m")
