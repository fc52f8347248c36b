"""How long the ML jobs take beside the bare fit and predict: python -m bench.ml [STUDENTS ...].

For each size a district is made up in SQL (attendance, marks and assessments of three school years), then features,
training, scoring and the list are timed, the features of the next day beside the years that were kept, and the bare
scikit-learn fit and predict on the same matrix. From SCORING_ONLY students on, only the features of one day, and the
scoring by a model of a smaller district, are timed.
"""

import argparse
import datetime as dt
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

SIZES = (14_500, 90_000)
SCORING_ONLY = 500_000
AS_OF = dt.date(2026, 3, 2)
PER_SCHOOL = 450

DISTRICT = """
district: bench
title: A made-up district
policy:
  elt: {elt_term: spring, program: after_school}
  ml: {drift: {draws: 200}}
sources: {}
"""

# Students hash to a lasting strain; every school day is drawn from it. Known a day later.
WORLD = (
    "create temporary table student as select number, 'P' || lpad(number::text, 7, '0') as student_id, "
    "'S' || (number % :schools) as school_id, (number % 1000) / 1000.0 as strain, 3 + number % 8 as grade "
    "from generate_series(1, :students) as number",
    "create temporary table day as select on_date::date, year from unnest(array[2024, 2025, 2026]) as year, "
    "generate_series(make_date(year - 1, 9, 3), make_date(year, 6, 12), interval '1 day') as on_date "
    "where extract(isodow from on_date) < 6 and on_date < :as_of",
    "insert into marts.dim_school select 'k' || n, 'S' || n, 'S' || n, 'k8', null, null, null "
    "from generate_series(0, :schools - 1) as n",
    "insert into marts.fct_submitted_day_version select 'S' || n, on_date, year, on_date + 1, null "
    "from generate_series(0, :schools - 1) as n, day",
    "insert into marts.fct_enrollment_version select student_id, school_id, year, lpad(grade::text, 2, '0'), "
    "make_date(year - 1, 9, 3), null, make_date(year - 1, 9, 3), null "
    "from student, unnest(array[2024, 2025, 2026]) as year where year >= :first",
    "insert into marts.brg_student_subgroup select student_id, year, 'race', 'r' || number % 4 "
    "from student, unnest(array[2024, 2025, 2026]) as year where year >= :first",
    "insert into marts.fct_attendance_version select student_id, school_id, on_date, year, 1, 'unexcused', "
    "on_date + 1, null from student, day where year >= :first and random() < 0.02 + 0.12 * strain ^ 3",
    "insert into marts.fct_course_grade_version select student_id, school_id, course, year || term, year, course, "
    "true, case when points < 60 then 'F' else 'B' end, points, points < 60, posted, posted, null from ("
    "select s.*, year, term, course, make_date(year - (month > 8)::integer, month, 20) as posted, "
    "82 - 22 * strain + 12 * (random() - 0.5) as points from student as s, "
    "unnest(array[2024, 2025, 2026]) as year, (values ('T1', 11), ('T2', 2), ('T3', 4), ('T4', 6)) as t (term, month), "
    "unnest(array['math', 'english', 'science']) as course) as m where posted < :as_of and year >= :first",
    "insert into marts.fct_assessment_version select student_id, school_id, 'D', 'MAP', subject, year, window_, "
    "lpad(grade::text, 2, '0'), on_date, score, '1', score >= 480, on_date + 7, null from ("
    "select s.*, year, subject, window_, make_date(year - (month > 8)::integer, month, 10) as on_date, "
    "round(520 - 60 * strain + 40 * (random() - 0.5)) as score from student as s, "
    "unnest(array[2024, 2025, 2026]) as year, (values ('fall', 10), ('winter', 1), ('spring', 5)) "
    "as w (window_, month), unnest(array['math', 'reading']) as subject) as a "
    "where on_date < :as_of and year >= :first",
    "analyze",
)


def measure(students: int) -> dict[str, Any]:
    """Seconds of each step and the process's peak memory in MB, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="schoolhouse-bench-") as folder:
        (Path(folder) / "district.yml").write_text(DISTRICT)
        os.environ |= {"SCHOOLHOUSE_STATE": f"{folder}/state", "SCHOOLHOUSE_DISTRICT": folder}
        from include.warehouse import server

        server.start()
        try:
            return _measured(students)
        finally:
            server.remove()


def _measured(students: int) -> dict[str, Any]:
    from include.warehouse.engine import warehouse_engine
    from include.warehouse.migrate import migrate
    from tests.integration.ml_world import create_marts

    migrate()
    engine = warehouse_engine()
    create_marts(engine)
    is_scoring_only = students >= SCORING_ONLY
    with engine.begin() as connection:
        connection.execute(text("select setseed(0.5)"))
        given = {
            "students": students,
            "schools": max(students // PER_SCHOOL, 8),
            "as_of": AS_OF,
            "first": 2026 if is_scoring_only else 2024,
        }
        for statement in WORLD:
            names = [name for name in given if f":{name}" in statement]
            connection.execute(text(statement), {name: given[name] for name in names})
    return _scoring_only(students) if is_scoring_only else _whole(students)


def _frames(dates: list[dt.date]) -> Any:
    from include.warehouse.engine import warehouse_engine
    from ml.config import load_experiment
    from ml.features import build_frames

    with warehouse_engine().begin() as connection:
        return build_frames(connection, load_experiment(), dates, AS_OF)


def _whole(students: int) -> dict[str, Any]:
    from ml.config import load_experiment
    from ml.evaluation.backtest import final_split, fit
    from ml.pipeline import drift, publish, score
    from ml.training.enough import usable_outcomes
    from ml.training.outcome import BOOSTING

    found: dict[str, Any] = {"students": students}

    def timed(name: str, work: Any) -> Any:
        begun = time.monotonic()
        result = work()
        found[name] = time.monotonic() - begun
        return result

    experiment = load_experiment()
    dates = [AS_OF.replace(year=year) for year in (2024, 2025, 2026)]
    frames = timed("features", lambda: _frames(dates))
    labelled = frames.rows[frames.rows["label"].notna()].reset_index(drop=True)
    outcomes = usable_outcomes(labelled, experiment)
    split = final_split(sorted(int(year) for year in labelled["school_year"].unique()))
    assert split is not None
    model = timed("bare fit", lambda: fit(split, BOOSTING, labelled, experiment, outcomes))
    timed("bare predict", lambda: model.risk(frames.at(AS_OF)))
    timed("score, with training", lambda: score(AS_OF))
    timed("score again", lambda: score(AS_OF))
    timed("features, next day", lambda: _frames([*dates[:-1], AS_OF + dt.timedelta(days=1)]))
    timed("drift", lambda: drift(AS_OF))
    timed("list", lambda: publish(AS_OF))
    return found | {"memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _scoring_only(students: int) -> dict[str, Any]:
    from ml.config import load_experiment
    from ml.lists.reasons import reasons
    from ml.score import _records, score_rows
    from ml.training.artifact import Artifact
    from ml.training.rule import fit_rule

    experiment = load_experiment()
    begun = time.monotonic()
    frames = _frames([AS_OF])
    rows = frames.at(AS_OF)
    features = time.monotonic() - begun
    begun = time.monotonic()
    score_rows(Artifact(fit_rule(rows), None), rows, experiment, frames.source)
    for record in _records(rows):
        reasons({**record, "min_history_days": 10})
    scored = time.monotonic() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"students": students, "features": features, "score again": scored, "memory": memory}


def main() -> None:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("students", nargs="*", type=int, default=list(SIZES))
    sizes = parser.parse_args().students
    found = []
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(measure, (size,)))
    table = Table(title="Seconds by students; memory of the process in MB, the server's apart")
    table.add_column("step")
    for size in sizes:
        table.add_column(f"{size:,}", justify="right")
    steps = ("features", "bare fit", "bare predict", "score, with training", "score again", "features, next day")
    steps += ("drift", "list", "memory")
    for step in steps:
        table.add_row(step, *(f"{row[step]:,.1f}" if step in row else "" for row in found))
    Console().print(table)


if __name__ == "__main__":
    main()
