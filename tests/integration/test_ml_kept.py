"""Feature rows of a past date are built once, and read for as long as building them would give the same.

What it means: a night builds the rows of its own date; those of the years that it learns from lie ready.
When it matters: a kept row that is not what building would give makes training and scoring see two worlds.
How to fix: what decides a row belongs into `ml/features/kept.py` (settings) or `ml/features/facts.sql` (columns).
"""

import datetime as dt
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, text

from ml.config import Experiment, experiment_from
from ml.features import build, kept
from ml.features.build import Frames, build_frames, past_dates
from ml.pipeline import score
from tests.integration.ml_world import (
    AS_OF,
    TABLES,
    attendance_world,
    changed,
    checksums,
    create_marts,
    write,
    write_district,
)

EXPERIMENT = experiment_from({})
DATES = [dt.date(2024, 3, 2), dt.date(2025, 3, 2), AS_OF]
OTHER = {"text": "'other'", "integer": "1999", "date": "date '1999-01-01'", "boolean": "not {0}", "numeric": "77.5"}


@pytest.fixture(scope="module")
def world(module_warehouse: Engine) -> Engine:
    create_marts(module_warehouse)
    generated = attendance_world(students=150, schools=4, years=3)
    generated.add("fct_discipline_version", "P0001", "S0", "A1", DATES[1], 2025, "fight", 1, False, DATES[1], None)
    generated.add("fct_discipline_version", "P0001", "S0", "A2", AS_OF, 2026, "fight", 1, False, DATES[1], None)
    generated.add("brg_program_version", "P0001", "el", DATES[0], None, "2", dt.date(2023, 9, 3), None)
    write(module_warehouse, generated)
    return module_warehouse


def _build(engine: Engine, keep: bool = False, experiment: Experiment = EXPERIMENT, today: dt.date = AS_OF) -> Frames:
    with engine.begin() as connection:
        return build_frames(connection, experiment, DATES, today, keep)


def _same(engine: Engine, experiment: Experiment = EXPERIMENT) -> list[dt.date]:
    """The dates whose rows a build would read."""
    with engine.begin() as connection:
        return sorted(kept.same(connection, _inputs(connection, experiment)))


def _inputs(connection: Connection, experiment: Experiment = EXPERIMENT) -> dict[dt.date, tuple[str, str]]:
    source = build._run_scripts(connection, experiment, DATES, AS_OF, ("facts.sql",))
    return kept.inputs(connection, experiment, source, DATES)


@pytest.fixture
def frames(world: Engine) -> Frames:
    """Built with nothing kept, and kept."""
    with world.begin() as connection:
        connection.execute(text("truncate ml.feature_row, ml.feature_set"))
    return _build(world, keep=True)


def _assert_identical(one: Frames, other: Frames) -> None:
    pd.testing.assert_frame_equal(one.rows, other.rows, check_exact=True)
    assert one.rows.to_csv(index=False) == other.rows.to_csv(index=False)
    assert one.source == other.source


def test_kept_rows_are_those_that_building_gives(
    world: Engine, frames: Frames, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="ml.features.build"):
        _assert_identical(_build(world), frames)
    assert "3 as-of dates from enrollment, 3 of them kept from before" in caplog.text
    with world.begin() as connection:
        connection.execute(text("delete from ml.feature_set where as_of <> :day"), {"day": DATES[1]})
    # One kept between two that are built.
    _assert_identical(_build(world), frames)


@pytest.mark.parametrize(
    "policy",
    [
        {"cohort": {"assessment_days": 300}},
        {"cohort": {"school_year_starts": "03-02"}},
        {"cohort": {"source": "assessment"}},
        {"features": {"discretionary_discipline": {"use": True, "decided_by": "A. Person", "reason": "Reviewed"}}},
    ],
)
def test_another_definition_builds_anew(world: Engine, frames: Frames, policy: dict[str, object]) -> None:
    other = experiment_from({"ml": policy})
    assert _same(world, other) == []
    found = _build(world, experiment=other)
    with world.begin() as connection:
        connection.execute(text("truncate ml.feature_row, ml.feature_set"))
    _assert_identical(found, _build(world, experiment=other))


@pytest.mark.parametrize("script", ["features.sql", "cohort_enrollment.sql"])
def test_other_sql_builds_anew(
    world: Engine, frames: Frames, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in kept.HERE.glob("*.sql"):
        shutil.copy(file, tmp_path)
    monkeypatch.setattr(kept, "HERE", tmp_path)
    assert _same(world) == DATES
    (tmp_path / script).write_text((tmp_path / script).read_text() + "\n-- changed")
    assert _same(world) == []


def test_what_became_known_later_leaves_a_date_kept(world: Engine, frames: Frames) -> None:
    with changed(
        world,
        "fct_attendance_version",
        "insert into marts.fct_attendance_version select student_id, school_id, on_date, school_year, 1, 'unexcused', "
        "date '2026-03-02', null from marts.fct_attendance_version where absence_kind = 'tardy'",
        "update marts.fct_attendance_version set superseded_on = date '2026-03-02' where known_on < '2026-03-02'",
    ):
        assert _same(world) == DATES


def test_history_that_arrives_late_builds_its_dates_anew(world: Engine, frames: Frames) -> None:
    """A feed's past loaded now counts as known when its source posted it."""
    late = (
        "insert into marts.fct_attendance_version select student_id, school_id, date '2025-02-10', 2025, 1, "
        "'unexcused', date '2025-02-11', null from marts.fct_enrollment_version where school_year = 2025"
    )
    with changed(world, "fct_attendance_version", late):
        assert _same(world) == DATES[:1]
        found = _build(world)
        assert (found.at(DATES[1])["absent_20"] > frames.at(DATES[1])["absent_20"]).any()
        pd.testing.assert_frame_equal(found.at(DATES[0]), frames.at(DATES[0]), check_exact=True)


def test_every_column_of_every_fact_counts(world: Engine) -> None:
    read = {
        name
        for file in kept.HERE.glob("*.sql")
        if file.name != "labels.sql"
        for name in re.findall(r"marts\.(\w+)", file.read_text(encoding="utf-8"))
    }
    assert set(re.findall(r"marts\.(\w+)", (kept.HERE / "facts.sql").read_text(encoding="utf-8"))) == read
    unseen = []
    with world.connect() as connection:
        with connection.begin():
            before = _inputs(connection)
        for table in sorted(read):
            for column, kind in TABLES[table].items():
                if column in ("known_on", "superseded_on"):
                    continue
                with connection.begin() as transaction:
                    value = OTHER[kind.partition("(")[0]].format(column)
                    connection.execute(
                        text(
                            f"update marts.{table} set {column} = {value} where ctid = "
                            f"(select ctid from marts.{table} where known_on between '2025-01-01' and '2026-03-01' "
                            f"or '{table}' = 'brg_program_version' limit 1)"
                        )
                    )
                    if _inputs(connection) == before:
                        unseen.append(f"{table}.{column}")
                    transaction.rollback()
    assert unseen == []


def test_rows_that_were_changed_or_lost_are_built_anew(world: Engine, frames: Frames) -> None:
    for damage in (
        "update ml.feature_row set absent_20 = absent_20 + 1 where student_id = 'P0003'",
        "delete from ml.feature_row where student_id = 'P0003'",
        "truncate ml.feature_row",
    ):
        with world.begin() as connection:
            connection.execute(text(damage))
        _assert_identical(_build(world, keep=True), frames)
        assert _same(world) == DATES
        _assert_identical(_build(world), frames)


def test_a_week_learns_from_the_same_days(world: Engine) -> None:
    with world.connect() as connection:
        monday = past_dates(connection, EXPERIMENT, AS_OF)
        assert AS_OF.weekday() == 0 and monday == DATES[:2]
        for later in range(1, 7):
            assert past_dates(connection, EXPERIMENT, AS_OF + dt.timedelta(days=later)) == monday
        assert past_dates(connection, EXPERIMENT, AS_OF + dt.timedelta(days=7))[-1] == dt.date(2025, 3, 9)
        # The week in which the school year begins has two halves.
        assert past_dates(connection, EXPERIMENT, dt.date(2026, 7, 1))[-1] == dt.date(2025, 7, 1)


def test_what_a_day_was_scored_by_is_not_written_over(
    world: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(write_district(tmp_path / "testville", 20)))
    score(AS_OF)
    query = "(select * from ml.feature_row where as_of = '2026-03-02')"
    before = checksums(world, query)
    other = experiment_from({"ml": {"cohort": {"assessment_days": 150}}})
    next_year = AS_OF.replace(year=2027)
    built = _build(world, keep=True, experiment=other, today=next_year)
    assert checksums(world, query) == before
    assert _same(world, other) == DATES[:2]
    # Nor does the other definition read what the day was scored by.
    with world.begin() as connection:
        connection.execute(text("delete from ml.feature_set"))
    _assert_identical(_build(world, experiment=other, today=next_year), built)
