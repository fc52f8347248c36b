"""What came of a list, and what follows: a champion that the rule beats is demoted, a better challenger is promoted.

What it means: a model ranks only as long as what happened bears it out, and only a person puts it there.
When it matters: every summer, when the outcomes of the year's lists are known.
How to fix: `ml/outcome/` judges the lists, `ml/champion.py` says who ranks.
"""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from include.errors import SchoolhouseError
from include.settings import settings
from ml import champion
from ml.config import OUTCOMES, load_experiment
from ml.features import build_frames
from ml.lists.decisions import decide
from ml.outcome.run import OutcomeResult, challenge, compare, promote, run
from ml.pipeline import ListResult, drift, publish, score
from ml.score import train
from ml.training.artifact import Artifact, dump
from ml.training.outcome import BOOSTING, fit_model
from ml.training.rule import fit_rule
from models import ml as tables
from tests.integration.ml_world import attendance_world, checksums, create_marts, write, write_district

LIST_DAY = dt.date(2025, 3, 3)
SUMMER = dt.date(2025, 8, 15)
AUTUMN, NEW_YEAR, SPRING = dt.date(2025, 12, 1), dt.date(2026, 1, 20), dt.date(2026, 3, 2)


def _plant(engine: Engine, name: str, like: str, is_right: bool) -> None:
    """A registered model that has seen the outcomes of LIST_DAY: as they were, or turned round."""
    experiment = load_experiment()
    with engine.begin() as connection:
        rows = build_frames(connection, experiment, [LIST_DAY], SUMMER).rows
        labels = ["label", *(f"label_{name}" for name in OUTCOMES)]
        if not is_right:
            rows[labels] = 1 - rows[labels]
        model = fit_model(BOOSTING, rows, rows, list(OUTCOMES), experiment)
        content, sha256 = dump(Artifact(fit_rule(rows), model))
        row = connection.execute(select(tables.model).where(tables.model.c.model_id == like)).one()._mapping
        planted = {"model_id": name, "artifact": content, "artifact_sha256": sha256, "features": list(model.features)}
        planted |= {"shipped": "rule" if is_right else "model", "algorithm": "abc_rule" if is_right else BOOSTING}
        connection.execute(insert(tables.model).values({**row, **planted}))


@pytest.fixture(scope="module")
def world(module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    create_marts(module_warehouse)
    write(module_warehouse, attendance_world(students=420, schools=6, years=3))
    with pytest.MonkeyPatch.context() as patch:
        folder = write_district(tmp_path_factory.mktemp("district") / "testville", 60)
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        yield module_warehouse


@pytest.fixture(scope="module")
def listed(world: Engine) -> ListResult:
    """A list by a champion that is wrong, while a challenger that is right is watched."""
    like = train(LIST_DAY)
    _plant(world, "wrong", like, False)
    _plant(world, "right", like, True)
    with world.begin() as connection:
        connection.execute(
            insert(tables.model_role).values(
                as_of=LIST_DAY, event="promoted", model_id="wrong", by="A. Person", reason="planted", evidence={}
            )
        )
    challenge(LIST_DAY, "right", "A. Person", "it looks better")
    result = score(LIST_DAY)
    assert (result.model_id, result.shipped, result.has_trained) == ("wrong", "model", False)
    decision = drift(LIST_DAY)
    if decision.verdict == "hold":
        from ml.drift.release import release

        release(LIST_DAY, "A. Person", "the first list has no earlier one")
    made = publish(LIST_DAY)
    with world.connect() as connection:
        seats = connection.scalars(
            text("select student_id from lists.elt_list_entry where place = 'seat' order by student_id")
        ).all()
    for number, student in enumerate(seats[:20]):
        step, why = ("overridden", "has a tutor") if number < 5 else ("confirmed", None)
        decide(str(made.version), student, step, "B. Person", LIST_DAY, why)
    return made


@pytest.fixture(scope="module")
def judged(world: Engine, listed: ListResult) -> OutcomeResult:
    return run(SUMMER)


def _outcome_by_hand(engine: Engine) -> pd.Series:
    """Outcome by student, worked out from the facts after LIST_DAY; students who left are not in it."""
    with engine.connect() as connection:

        def read(table: str) -> pd.DataFrame:
            return pd.read_sql_query(text(f"select * from marts.{table} where school_year = 2025"), connection)

        spells, days = read("fct_enrollment_version"), read("fct_submitted_day_version")
        away, marks, tests = (
            read("fct_attendance_version"),
            read("fct_course_grade_version"),
            read("fct_assessment_version"),
        )
    # The year is over: every spell has an end, and who left sooner than its last days is censored.
    stayed = spells[spells["exited_on"] >= days["on_date"].max() - dt.timedelta(days=5)]["student_id"]
    left = days[(days["on_date"] >= LIST_DAY)]["on_date"].nunique()
    later = away[(away["on_date"] >= LIST_DAY)]
    absent = later.groupby("student_id")["absent_fraction"].sum().reindex(stayed).fillna(0).astype(float)
    failed = marks[(marks["posted_on"] >= LIST_DAY) & marks["is_failing"]]["student_id"].unique()
    spring = tests[(tests["administered_on"] >= LIST_DAY) & ~tests["is_proficient"].astype(bool)]
    below = spring["student_id"].unique()
    return (absent >= 0.1 * left) | absent.index.isin(failed) | absent.index.isin(below)


def test_precision_and_bands_are_what_happened(world: Engine, listed: ListResult, judged: OutcomeResult) -> None:
    outcome = _outcome_by_hand(world)
    with world.connect() as connection:
        seats = connection.scalars(
            text("select student_id from lists.elt_list_entry where version = :v and place = 'seat'"),
            {"v": listed.version},
        ).all()
        scores = pd.read_sql_query(
            text("select student_id, band from ml.score where as_of = :a"), connection, params={"a": LIST_DAY}
        )
        rows = connection.execute(select(tables.realised).where(tables.realised.c.version == listed.version)).all()
    found = {(row.method, row.metric, row.subset): row for row in rows}
    known = [student for student in seats if student in outcome.index]
    precision = found["model", "precision", "all"]
    assert precision.value == pytest.approx(outcome[known].mean()) and precision.n == len(outcome)
    assert precision.low <= precision.value <= precision.high
    for band, part in scores[scores["student_id"].isin(outcome.index)].groupby("band"):
        row = found["model", "realised_rate", f"band:{band}"]
        assert row.n == len(part) and row.value == pytest.approx(outcome[part["student_id"]].mean())
    # The list's own calibration is told, the rule has no risk here, and the challenger stands beside both.
    assert ("model", "calibration_slope", "all") in found and ("abc_rule", "calibration_slope", "all") not in found
    assert found["right", "precision", "all"].value > found["abc_rule", "precision", "all"].value > precision.value
    assert any(metric == "true_positive_rate" for _, metric, _ in found)


def test_the_page_tells_it_and_no_student(world: Engine, listed: ListResult, judged: OutcomeResult) -> None:
    page = judged.path.read_text(encoding="utf-8")
    assert judged.path == settings().reports / "outcomes.html" and not judged.open_lists
    assert f"<h2>{listed.version}</h2>" in page and "this list, by the model" in page and "challenger right" in page
    assert "<td>all students</td><td>20</td><td>0.250</td>" in page
    assert "demoted" in page and "P0001" not in page


def test_a_list_whose_window_is_open_is_not_judged(world: Engine, listed: ListResult) -> None:
    early = run(dt.date(2025, 6, 1))
    assert early.figures == {} and early.open_lists == [listed.version]


def test_a_repeat_changes_nothing_and_demotes_once(world: Engine, judged: OutcomeResult) -> None:
    assert "wrong" in judged.demoted
    before = checksums(world, "ml.realised", "ml.model_role")
    assert run(SUMMER).demoted == {} and checksums(world, "ml.realised", "ml.model_role") == before


def test_after_a_demotion_the_rule_ranks_and_the_card_says_why(world: Engine, judged: OutcomeResult) -> None:
    result = score(AUTUMN)
    assert (result.shipped, result.algorithm, result.has_trained) == ("rule", "abc_rule", True)
    card = result.card_path.read_text(encoding="utf-8")
    assert "wrong was demoted on 2025-08-15 by gate" in card
    # What people overrode on the list before: 5 of the 20 whom they decided on.
    assert "<td>all students</td><td>20</td><td>0.250</td>" in card
    with world.connect() as connection:
        methods = set(connection.scalars(text("select method from ml.score where as_of = :a"), {"a": AUTUMN}))
        watched = connection.scalar(
            text("select count(*) from ml.shadow_score where as_of = :a and model_id = 'right'"), {"a": AUTUMN}
        )
    assert methods == {"rule"} and watched == result.cohort


def test_only_a_person_promotes_and_says_why(world: Engine, judged: OutcomeResult) -> None:
    for by, reason, message in ((" ", "r", "say who you are"), ("gate", "r", "say who you are"), ("A", " ", "say why")):
        with pytest.raises(SchoolhouseError, match=message):
            promote(NEW_YEAR, by, reason)
    with pytest.raises(IntegrityError, match="named"), world.begin() as connection:
        connection.execute(
            insert(tables.model_role).values(
                as_of=NEW_YEAR, event="promoted", model_id="right", by="gate", reason="r", evidence={}
            )
        )
    with pytest.raises(DBAPIError, match="only ever added"), world.begin() as connection:
        connection.execute(text("delete from ml.model_role"))


def test_a_better_challenger_is_promoted_and_ranks(world: Engine, judged: OutcomeResult) -> None:
    found = compare(NEW_YEAR)
    assert found.failing == [] and found.evidence["gain_low"] > 0
    promote(NEW_YEAR, "C. <Person>", "a term in shadow, and better everywhere")
    with world.connect() as connection:
        row = connection.execute(select(tables.model).where(tables.model.c.model_id == "right")).one()
        role = connection.execute(select(tables.model_role).order_by(tables.model_role.c.role_id.desc()).limit(1)).one()
        now = champion.standing(connection, SPRING)
        then = champion.standing(connection, AUTUMN)
    assert (row.approver, row.shipped) == ("C. <Person>", "model")
    assert (role.event, role.model_id, role.by) == ("promoted", "right", "C. <Person>")
    assert role.evidence["precision"] > role.evidence["precision_of_champion"]
    assert (now.champion, now.challenger, now.demotion) == ("right", None, None)
    assert then.champion is None and then.challenger == "right"
    result = score(SPRING)
    assert (result.model_id, result.shipped, result.has_trained) == ("right", "model", False)
    card = result.card_path.read_text(encoding="utf-8")
    assert "C. &lt;Person&gt;" in card and "nobody yet" not in card


def test_without_a_challenger_nothing_is_promoted(world: Engine, judged: OutcomeResult) -> None:
    with pytest.raises(SchoolhouseError, match="no challenger"):
        promote(SPRING, "A. Person", "why not")
    with pytest.raises(SchoolhouseError, match="is the champion already"):
        challenge(SPRING, "right", "A. Person", "again")
