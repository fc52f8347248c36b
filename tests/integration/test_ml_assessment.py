"""A district without attendance: one state assessment a year.

What it means: only the outcome that is known is predicted, and the card says so.
When it matters: for the districts whose daily records cannot be had.
How to fix: the cohort is `ml/features/cohort_assessment.sql`.
"""

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from ml.pipeline import ScoreResult, drift, publish, score
from tests.integration.ml_world import assessment_world, changed, create_marts, write, write_district

SUMMER = dt.date(2025, 8, 1)


@pytest.fixture(scope="module")
def world(module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    create_marts(module_warehouse)
    write(module_warehouse, assessment_world())
    with pytest.MonkeyPatch.context() as patch:
        folder = write_district(tmp_path_factory.mktemp("district") / "testville", 150)
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        yield module_warehouse


@pytest.fixture(scope="module")
def scored(world: Engine) -> ScoreResult:
    return score(SUMMER)


def test_a_model_ships_and_its_card_says_what_is_missing(world: Engine, scored: ScoreResult) -> None:
    result = scored
    assert result.shipped == "model" and (result.gain_low or 0) > 0
    assert (result.precision[result.algorithm] or 0) > (result.precision["abc_rule"] or 1)
    card = result.card_path.read_text(encoding="utf-8")
    assert "no daily attendance" in card and "Left out" in card and "absence, course_failure" in card
    with world.connect() as connection:
        methods = {name: n for name, n in connection.execute(text("select method, count(*) from ml.score group by 1"))}
        tenth = connection.scalar(
            text("select count(*) from ml.feature_row join ml.score using (as_of, student_id) where grade = '10'")
        )
    # Nobody's next assessment is known after grade 10, so the rule ranks there.
    assert methods["rule:no_outcome_in_grade"] == tenth > 0
    assert result.scored == methods["model"] and result.cohort == sum(methods.values())


def test_its_list_is_released_and_exact(scored: ScoreResult) -> None:
    decision = drift(SUMMER)
    assert decision.verdict == "pass", decision.failing
    result = publish(SUMMER)
    assert (result.listed, result.seats) == (150, 150) and result.changed
    assert not publish(SUMMER).changed


def test_a_school_that_vanishes_with_its_students_blocks(world: Engine) -> None:
    with changed(
        world,
        "fct_assessment_version",
        "delete from marts.fct_assessment_version where school_id = 'S3' and school_year = 2025",
    ):
        score(SUMMER)
        assert any("school S3 has 0 rows" in line for line in drift(SUMMER).failing)


def test_a_school_whose_students_are_elsewhere_was_closed(world: Engine) -> None:
    with changed(
        world,
        "fct_assessment_version",
        "update marts.fct_assessment_version set school_id = 'S4' where school_id = 'S3' and school_year = 2025",
    ):
        score(SUMMER)
        decision = drift(SUMMER)
    assert decision.verdict == "pass", decision.failing
    assert "are now at other schools" in decision.report_path.read_text(encoding="utf-8")
