"""Features know only what was known, and labels only what came after.

What it means: a feature row of a past date is the same whatever became known since.
When it matters: a leak makes a model look good in the test and useless in the school.
How to fix: every join of `ml/features/features.sql` needs known_on < as_of and the strict end of validity.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sqlalchemy import Engine, text

from ml.config import OUTCOMES, experiment_from
from ml.evaluation.backtest import fit, run_roll, splits
from ml.evaluation.drivers import effect_figures
from ml.evaluation.gate import ABC_RULE, METHODS
from ml.features import Frames, build_frames
from ml.features.build import HERE, KEYS, past_dates
from ml.training.outcome import BOOSTING, LOGISTIC
from ml.training.rule import abc_priority
from models.ml import COUNTS, FEATURES
from tests.integration.ml_world import AS_OF, World, attendance_world, changed, create_marts, write

EXPERIMENT = experiment_from(
    {"elt": {"seats": 60}, "ml": {"training": {"boosting": {"max_iter": 60}}, "evaluation": {"bootstrap": 100}}}
)


@pytest.fixture(scope="module")
def world(module_warehouse: Engine) -> Engine:
    create_marts(module_warehouse)
    write(module_warehouse, attendance_world(students=450, schools=6, years=4))
    return module_warehouse


def _frames(engine: Engine, closed_before: dt.date = AS_OF) -> Frames:
    with engine.begin() as connection:
        dates = [*past_dates(connection, EXPERIMENT, AS_OF), AS_OF]
        return build_frames(connection, EXPERIMENT, dates, closed_before)


def _bytes(frames: Frames) -> bytes:
    return frames.rows[[*KEYS, *FEATURES, *COUNTS]].to_csv(index=False).encode()


@pytest.fixture(scope="module")
def frames(world: Engine) -> Frames:
    return _frames(world)


LATER = {
    "an absence before the date that was posted after it": (
        "fct_attendance_version",
        "insert into marts.fct_attendance_version "
        "select student_id, school_id, date '2026-02-25', school_year, 1, 'unexcused', date '2026-03-02', null "
        "from marts.fct_enrollment_version where school_year = 2026",
    ),
    "every absence corrected on the date": (
        "fct_attendance_version",
        "insert into marts.fct_attendance_version select student_id, school_id, on_date, school_year, 0, "
        "'present', date '2026-03-02', null from marts.fct_attendance_version where school_year = 2026",
        "update marts.fct_attendance_version set superseded_on = date '2026-03-02' "
        "where school_year = 2026 and known_on < date '2026-03-02'",
    ),
    "marks and their corrections posted later": (
        "fct_course_grade_version",
        "insert into marts.fct_course_grade_version select student_id, school_id, course_id, '2026T9', "
        "school_year, subject, is_core, 'F', 1, true, posted_on, date '2026-04-01', null "
        "from marts.fct_course_grade_version where school_year = 2026",
        "update marts.fct_course_grade_version set superseded_on = date '2026-03-20' "
        "where school_year = 2026 and known_on < date '2026-03-02'",
    ),
    "results taken before and scored after": (
        "fct_assessment_version",
        "insert into marts.fct_assessment_version select student_id, school_id, district_id, assessment, 'science', "
        "school_year, 'winter', grade, administered_on, 1, level, false, date '2026-03-02', null "
        "from marts.fct_assessment_version where school_year = 2026",
    ),
    "programmes and discipline that became known later": (
        "brg_program_version",
        "insert into marts.brg_program_version select student_id, 'swd', date '2025-09-03', null, null, "
        "date '2026-03-02', null from marts.fct_enrollment_version where school_year = 2026",
    ),
    "an exit that became known later": (
        "fct_enrollment_version",
        "insert into marts.fct_enrollment_version select student_id, school_id, school_year, grade, entered_on, "
        "date '2026-02-01', date '2026-03-02', null from marts.fct_enrollment_version where school_year = 2026",
        "update marts.fct_enrollment_version set superseded_on = date '2026-03-02' "
        "where school_year = 2026 and known_on < date '2026-03-02'",
    ),
    "discipline that became known later": (
        "fct_discipline_version",
        "insert into marts.fct_discipline_version select student_id, school_id, 'A' || student_id, date '2026-02-20', "
        "2026, 'fight', 2, false, date '2026-03-02', null from marts.fct_enrollment_version where school_year = 2026",
    ),
    "submissions of past days made later": (
        "fct_submitted_day_version",
        "insert into marts.fct_submitted_day_version select school_id, date '2026-02-17', school_year, "
        "date '2026-03-02', null from marts.fct_submitted_day_version group by school_id, school_year",
    ),
}


@pytest.mark.parametrize("what", LATER)
def test_facts_known_later_change_no_feature(world: Engine, frames: Frames, what: str) -> None:
    table, *statements = LATER[what]
    with changed(world, table, *statements):
        assert _bytes(_frames(world)) == _bytes(frames), f"{what} changed a feature row"


def test_a_fact_known_the_day_before_does_count(world: Engine, frames: Frames) -> None:
    later = LATER["an absence before the date that was posted after it"][1].replace("'2026-03-02'", "'2026-03-01'")
    with changed(world, "fct_attendance_version", later):
        assert _bytes(_frames(world)) != _bytes(frames)


def test_features_equal_a_hand_count(world: Engine, frames: Frames) -> None:
    rows = frames.at(AS_OF).set_index("student_id")
    with world.connect() as connection:
        absent = pd.read_sql_query(
            text("select * from marts.fct_attendance_version where school_year = 2026 and known_on < :as_of"),
            connection,
            params={"as_of": AS_OF},
        )
        days = pd.read_sql_query(
            text(
                "select distinct on_date from marts.fct_submitted_day_version "
                "where school_year = 2026 and known_on < :as_of"
            ),
            connection,
            params={"as_of": AS_OF},
        )["on_date"]
    recent = sorted(days)[-20:]
    by_student = absent[absent["absence_kind"] == "unexcused"].groupby("student_id")
    year = by_student.size().reindex(rows.index).fillna(0)
    window = (
        absent[(absent["absence_kind"] == "unexcused") & absent["on_date"].isin(recent)].groupby("student_id").size()
    )
    assert (rows["enrolled_days"] == len(days)).all()
    assert (rows["absent_year"] == year).all()
    assert (rows["absent_20"] == window.reindex(rows.index).fillna(0)).all()
    assert np.allclose(rows["absent_share_20"], rows["absent_20"] / 20)


def test_overlapping_spells_and_unsubmitted_days_count_once_and_never(warehouse: Engine) -> None:
    create_marts(warehouse)
    world, known = World(), dt.date(2025, 9, 1)
    days = [dt.date(2025, 9, 8) + dt.timedelta(days=step) for step in range(30)]
    for day in days:
        for school in ("A", "B"):
            if not (school == "B" and day == days[12]):
                world.add("fct_submitted_day_version", school, day, 2026, day, None)
    # At A for twenty days, at B from the eleventh on: the overlap belongs to B, which was entered last. One day of
    # it B never submitted.
    world.add("fct_enrollment_version", "P1", "A", 2026, "05", days[0], days[19], known, None)
    world.add("fct_enrollment_version", "P1", "B", 2026, "05", days[10], None, known, None)
    for step in (3, 15, 25):
        for school in ("A", "B"):
            world.add("fct_attendance_version", "P1", school, days[step], 2026, 1, "excused", days[step], None)
    world.add("fct_attendance_version", "P1", "A", days[12], 2026, 1, "excused", days[12], None)
    world.add("fct_attendance_version", "P1", "A", days[5], 2026, 0.5, "unexcused", days[5], None)
    world.add("fct_attendance_version", "P1", "A", days[6], 2026, 1, "suspension", days[6], None)
    write(warehouse, world)
    as_of = days[-1] + dt.timedelta(days=1)
    with warehouse.begin() as connection:
        row = build_frames(connection, EXPERIMENT, [as_of], as_of).rows.iloc[0]
    # A suspension is no absence among the features; half a day is half a day.
    assert (row["enrolled_days"], row["absent_year"], row["school_id"]) == (29, 3.5, "B")
    assert row["unexcused_share_year"] == pytest.approx(0.5 / 29)
    assert row["schools_two_years"] == 2


def test_labels_by_hand(warehouse: Engine) -> None:
    create_marts(warehouse)
    world, known = World(), dt.date(2024, 9, 1)
    as_of = dt.date(2025, 3, 3)
    days = [as_of + dt.timedelta(days=step) for step in range(40)]
    for day in days:
        world.add("fct_submitted_day_version", "A", day, 2025, day, None)
    stays = {"exact": None, "below": None, "leaves": days[20], "late": days[36], "fails": None, "cut": None}
    for student, exit_day in stays.items():
        world.add("fct_enrollment_version", student, "A", 2025, "05", known, exit_day, known, None)
    for student, absent in (("exact", 4), ("below", 3), ("leaves", 15)):
        for day in days[:absent]:
            world.add("fct_attendance_version", student, "A", day, 2025, 1, "suspension", day, None)
    world.add("fct_attendance_version", "below", "A", days[5], 2025, 0.5, "excused", days[5], None)
    for student, posted, failing in (("fails", days[9], True), ("below", days[9], False), ("cut", known, True)):
        world.add(
            "fct_course_grade_version", student, "A", "m", "T", 2025, "m", True, "F", 1, failing, posted, posted, None
        )
    for student, on, good in (("cut", days[3], False), ("cut", days[30], True), ("below", days[3], True)):
        world.add(
            "fct_assessment_version",
            *(student, "A", "D", "MAP", "math", 2025, f"on {on}", "05", on, 400, "x", good, on, None),
        )
    write(warehouse, world)
    closed = dt.date(2025, 9, 1)
    with warehouse.begin() as connection:
        rows = build_frames(connection, EXPERIMENT, [as_of], closed).rows.set_index("student_id")
    # Exactly a tenth of the remaining days is absent; three and a half of forty are not.
    assert rows["label_absence"].to_dict()["exact"] == 1 and rows["label_absence"].to_dict()["below"] == 0
    assert rows.loc["leaves", "is_censored"] and pd.isna(rows["label"]["leaves"])
    assert not rows.loc["late", "is_censored"] and rows.loc["late", "label_absence"] == 0
    assert rows.loc["fails", "label_course_failure"] == 1 and rows.loc["below", "label_course_failure"] == 0
    # A failure posted before the date is none after it; only the next sitting is the next benchmark.
    assert pd.isna(rows["label_course_failure"]["cut"]) and rows.loc["cut", "label_benchmark"] == 1
    assert rows.loc["below", "label_benchmark"] == 0
    assert rows["label"].to_dict() | {"leaves": None} == {
        "exact": 1, "below": 0, "leaves": None, "late": 0, "fails": 1, "cut": 1,
    }  # fmt: skip


def test_the_current_year_has_no_label(frames: Frames) -> None:
    assert frames.at(AS_OF)["label"].isna().all()
    assert frames.rows.loc[frames.rows["as_of"] < AS_OF, "label"].notna().any()


def test_shuffled_labels_cannot_be_predicted(frames: Frames) -> None:
    rows = frames.rows.copy()
    labels = [name for name in rows if str(name).startswith("label")]
    rng = np.random.default_rng(4)
    for _, index in rows.groupby("as_of").groups.items():
        rows.loc[index, labels] = rows.loc[rng.permutation(index), labels].to_numpy()
    labelled = rows[rows["label"].notna()].reset_index(drop=True)
    years = sorted(labelled["school_year"].unique())
    roll = run_roll(splits([int(year) for year in years], 1)[0], labelled, EXPERIMENT, frames.source, None)
    assert roll is not None
    outcome = roll.rows["label"].to_numpy()
    for name in (BOOSTING, LOGISTIC):
        assert roc_auc_score(outcome, roll.risk[name]) == pytest.approx(0.5, abs=0.07), f"{name} found labels in noise"
        assert not roll.gains[name].is_proven


def test_over_many_shuffles_the_auc_is_a_half(frames: Frames) -> None:
    """One shuffle of some hundred students is off by up to 0.06 by chance; the mean of 16 by a quarter of that.

    Labels are shuffled within each year, so that nothing but a leak could tell one student from the next.
    """
    labelled = frames.rows[frames.rows["label"].notna()].reset_index(drop=True)
    years = sorted(int(year) for year in labelled["school_year"].unique())
    split = splits(years, 1)[0]
    names = [str(name) for name in labelled if str(name).startswith("label")]
    found: dict[str, list[float]] = {LOGISTIC: [], BOOSTING: []}
    for seed in range(16):
        rng = np.random.default_rng(seed)
        rows = labelled.copy()
        for _, index in labelled.groupby("school_year").groups.items():
            rows.loc[index, names] = labelled.loc[rng.permutation(index), names].to_numpy()
        test = rows[rows["school_year"] == split.test]
        for algorithm, values in found.items():
            risk = fit(split, algorithm, rows, EXPERIMENT, ["absence"]).risk(test)
            values.append(float(roc_auc_score(test["label"], risk)))
    for algorithm, values in found.items():
        assert np.mean(values) == pytest.approx(0.5, abs=0.03), f"{algorithm}: {values}"


def test_having_been_in_elt_is_in_neither_features_nor_labels(world: Engine, frames: Frames) -> None:
    labels = [str(name) for name in frames.rows if str(name).startswith("label")]
    statement = (
        "insert into marts.fct_elt_request select student_id, school_id, school_year, school_year || '-spring', "
        "'after_school', 'intervention', 'screening', 70, entered_on, 'offered', entered_on, 'accepted', true, true, "
        "900 from marts.fct_enrollment_version where hashtext(student_id) % 3 = 0"
    )
    with changed(world, "fct_elt_request", statement):
        again = _frames(world)
    assert _bytes(again) == _bytes(frames)
    pd.testing.assert_frame_equal(again.rows[labels], frames.rows[labels])
    assert not [name for name in (*FEATURES, *COUNTS, *OUTCOMES) if "elt" in name.split("_") or "seat" in name]
    for file in sorted(HERE.glob("*.sql")):
        assert "fct_elt" not in file.read_text(encoding="utf-8"), file


def test_a_year_is_labelled_by_what_was_known_when_the_run_began(world: Engine, frames: Frames) -> None:
    """Corrections that are posted after the run began leave its labels as they were."""
    labels = [str(name) for name in frames.rows if str(name).startswith("label")]
    statements = (
        "insert into marts.fct_attendance_version select student_id, school_id, date '2025-03-20', 2025, 1, "
        "'unexcused', date '2026-03-02', null from marts.fct_enrollment_version where school_year = 2025",
        "update marts.fct_attendance_version set superseded_on = date '2026-03-02' "
        "where school_year = 2025 and on_date > date '2025-03-02' and known_on < date '2026-03-02'",
    )
    with changed(world, "fct_attendance_version", *statements):
        pd.testing.assert_frame_equal(_frames(world).rows[labels], frames.rows[labels])


def test_where_outcomes_follow_the_rule_the_rule_ships(frames: Frames) -> None:
    """The planted variant: who the ABC rule puts first has the outcome, and nobody else."""
    labelled = frames.rows[frames.rows["label"].notna()].reset_index(drop=True)
    names = [str(name) for name in labelled if str(name).startswith("label")]
    priority = pd.Series(abc_priority(labelled))
    labelled[names] = np.nan
    labelled["label_absence"] = (
        priority.groupby([labelled["school_year"], labelled["school_id"]]).rank(ascending=False, pct=True) <= 0.2
    ).astype(float)
    labelled["label"] = labelled["label_absence"]
    years = sorted(int(year) for year in labelled["school_year"].unique())
    for split in splits(years, 2):
        roll = run_roll(split, labelled, EXPERIMENT, frames.source, None)
        assert roll is not None
        assert (roll.figures[ABC_RULE]["precision"] or 0) > 0.95
        assert roll.winner == ABC_RULE, roll.gains


def test_the_planted_drivers_are_found_with_their_signs(frames: Frames) -> None:
    """The made-up district: absence, weak marks and low scores raise the risk. Without constraints."""
    labelled = frames.rows[frames.rows["label"].notna()].reset_index(drop=True)
    years = sorted(int(year) for year in labelled["school_year"].unique())
    roll = run_roll(splits(years, 1)[0], labelled, EXPERIMENT, frames.source, None)
    assert roll is not None
    moves = {figure.subset: figure.value or 0.0 for figure in effect_figures(roll, LOGISTIC)}
    for name, sign in (("absent_share_year", 1), ("core_points", -1), ("score_z", -1)):
        assert sign * moves[f"feature:{name}"] > 0.005, (name, moves)


def test_schools_held_out_of_the_fit_are_judged_too(frames: Frames) -> None:
    labelled = frames.rows[frames.rows["label"].notna()].reset_index(drop=True)
    years = sorted(int(year) for year in labelled["school_year"].unique())
    roll = run_roll(splits(years, 1)[0], labelled, EXPERIMENT, frames.source, None, None, 3)
    assert roll is not None and set(roll.unseen) == {LOGISTIC, BOOSTING}
    for value, low, high in roll.unseen.values():
        assert value is not None and low is not None and high is not None and low <= value <= high
        assert value > 1.3 * float(labelled["label"].mean())


def test_real_labels_can_be_predicted(frames: Frames) -> None:
    labelled = frames.rows[frames.rows["label"].notna()].reset_index(drop=True)
    years = sorted(int(year) for year in labelled["school_year"].unique())
    roll = run_roll(splits(years, 1)[0], labelled, EXPERIMENT, frames.source, None)
    assert roll is not None and set(roll.figures) == set(METHODS)
    assert roc_auc_score(roll.rows["label"], roll.risk[LOGISTIC]) > 0.75
    assert 0.6 < (roll.figures[LOGISTIC]["calibration_slope"] or 0) < 1.6
