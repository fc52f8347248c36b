"""A small made-up district written straight into schema marts, so that the ML tests need no dbt."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, text

AS_OF = dt.date(2026, 3, 2)

TABLES: dict[str, dict[str, str]] = {
    "dim_school": {
        "k_school": "text",
        "school_id": "text",
        "school_name": "text",
        "level": "text",
        "network_id": "text",
        "opened_on": "date",
        "closed_on": "date",
    },
    "fct_enrollment_version": {
        "student_id": "text",
        "school_id": "text",
        "school_year": "integer",
        "grade": "text",
        "entered_on": "date",
        "exited_on": "date",
        "known_on": "date",
        "superseded_on": "date",
    },
    "fct_submitted_day_version": {
        "school_id": "text",
        "on_date": "date",
        "school_year": "integer",
        "known_on": "date",
        "superseded_on": "date",
    },
    "fct_attendance_version": {
        "student_id": "text",
        "school_id": "text",
        "on_date": "date",
        "school_year": "integer",
        "absent_fraction": "numeric(3, 1)",
        "absence_kind": "text",
        "known_on": "date",
        "superseded_on": "date",
    },
    "fct_course_grade_version": {
        "student_id": "text",
        "school_id": "text",
        "course_id": "text",
        "term_id": "text",
        "school_year": "integer",
        "subject": "text",
        "is_core": "boolean",
        "mark": "text",
        "points": "numeric(9, 3)",
        "is_failing": "boolean",
        "posted_on": "date",
        "known_on": "date",
        "superseded_on": "date",
    },
    "fct_assessment_version": {
        "student_id": "text",
        "school_id": "text",
        "district_id": "text",
        "assessment": "text",
        "subject": "text",
        "school_year": "integer",
        "administration": "text",
        "grade": "text",
        "administered_on": "date",
        "scale_score": "numeric(9, 3)",
        "level": "text",
        "is_proficient": "boolean",
        "known_on": "date",
        "superseded_on": "date",
    },
    "fct_discipline_version": {
        "student_id": "text",
        "school_id": "text",
        "action_id": "text",
        "on_date": "date",
        "school_year": "integer",
        "code": "text",
        "days": "numeric(9, 3)",
        "is_discretionary": "boolean",
        "known_on": "date",
        "superseded_on": "date",
    },
    "brg_program_version": {
        "student_id": "text",
        "program": "text",
        "begins_on": "date",
        "ends_on": "date",
        "level": "text",
        "known_on": "date",
        "superseded_on": "date",
    },
    "fct_elt_site": {
        "school_id": "text",
        "elt_term": "text",
        "program": "text",
        "stream": "text",
        "capacity": "integer",
        "starts_on": "date",
        "ends_on": "date",
    },
    "fct_elt_request": {
        "student_id": "text",
        "school_id": "text",
        "school_year": "integer",
        "elt_term": "text",
        "program": "text",
        "stream": "text",
        "origin": "text",
        "screening_score": "numeric(9, 3)",
        "requested_on": "date",
        "decision": "text",
        "decided_on": "date",
        "answer": "text",
        "is_offered": "boolean",
        "is_seated": "boolean",
        "minutes_attended": "integer",
    },
    "fct_elt_decision": {
        "version": "text",
        "student_id": "text",
        "school_id": "text",
        "place": "text",
        "step": "text",
        "step_number": "bigint",
    },
    "brg_student_subgroup": {
        "student_id": "text",
        "school_year": "integer",
        "subgroup_kind": "text",
        "subgroup": "text",
    },
    "dim_student_year": {
        "k_student_year": "text",
        "student_id": "text",
        "school_year": "integer",
        "school_id": "text",
        "grade": "text",
    },
}

CORE = ("math", "english", "science")
GRADES = ("04", "05", "06", "07", "08")


@dataclass
class World:
    """Rows by table, as lists of tuples in the order of TABLES."""

    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def add(self, table: str, *values: Any) -> None:
        self.rows[table].append(values)


DISTRICT = """
district: testville
title: A made-up district
policy:
  elt: {{elt_term: spring, program: after_school, seats: {seats}, floor: 3, nomination_share: 0.15}}
  ml:
    # Small and quick: the tests ask whether the machinery is right, not how good a model can get.
    training: {{rolls: 1, held_out_folds: 0, boosting: {{max_iter: 40}}}}
    evaluation: {{bootstrap: 200}}
    drift: {{draws: 200}}
sources: {{}}
"""


def write_district(folder: Path, seats: int) -> Path:
    """A district.yml for the made-up world; returns its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "district.yml").write_text(DISTRICT.format(seats=seats), encoding="utf-8")
    return folder


@contextmanager
def changed(engine: Engine, table: str, *statements: str) -> Iterator[None]:
    """Run statements on a mart and put the mart back afterwards."""
    with engine.begin() as connection:
        connection.execute(text(f"create table marts.kept as table marts.{table}"))
        for statement in statements:
            connection.execute(text(statement))
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"truncate marts.{table}"))
            connection.execute(text(f"insert into marts.{table} select * from marts.kept"))
            connection.execute(text("drop table marts.kept"))


def checksums(engine: Engine, *tables: str) -> dict[str, str]:
    """One checksum per table, over every column of every row."""
    with engine.connect() as connection:
        return {
            name: str(
                connection.scalar(
                    text(
                        f"select count(*) || md5(coalesce(string_agg(t::text, '|' order by t::text), '')) from {name} t"
                    )
                )
            )
            for name in tables
        }


ML_TABLES = (
    "ml.feature_row",
    "ml.feature_set",
    "ml.model",
    "ml.score",
    "ml.evaluation",
    "ml.drift_check",
    "ml.release_decision",
    "lists.elt_list",
    "lists.elt_list_school",
    "lists.elt_list_entry",
)


def create_marts(engine: Engine) -> None:
    """Make the empty interface tables of schema marts."""
    with engine.begin() as connection:
        connection.execute(text("drop schema if exists marts cascade"))
        connection.execute(text("create schema marts"))
        for name, columns in TABLES.items():
            body = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
            connection.execute(text(f"create table marts.{name} ({body})"))
        connection.execute(text("select access.protect_schemas()"))


def write(engine: Engine, world: World) -> None:
    """Copy every row of the world into marts."""
    with engine.begin() as connection:
        cursor = connection.connection.cursor()
        for name, rows in world.rows.items():
            columns = ", ".join(TABLES[name])
            with cursor.copy(f"copy marts.{name} ({columns}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        cursor.close()
        connection.execute(text("analyze"))


def school_days(year: int) -> list[dt.date]:
    """Weekdays of a school year without the winter and spring breaks."""
    days = pd.bdate_range(dt.date(year - 1, 9, 3), dt.date(year, 6, 12))
    breaks = ((12, 24, 12, 31), (1, 1, 1, 1), (2, 16, 2, 20), (4, 20, 4, 24))
    return [day.date() for day in days if not any((a, b) <= (day.month, day.day) <= (c, d) for a, b, c, d in breaks)]


def attendance_world(
    students: int = 700, schools: int = 8, years: int = 5, seed: int = 11, as_of: dt.date = AS_OF
) -> World:
    """A district with attendance, marks and assessments, whose students carry a lasting and a yearly risk."""
    rng = np.random.default_rng(seed)
    world = World()
    last_year = as_of.year + (as_of.month >= 7)
    lasting = rng.normal(0, 0.8, students)
    school = rng.integers(0, schools, students)
    grade = rng.integers(0, len(GRADES), students)
    race = rng.choice(["black", "white", "hispanic", "asian"], students, p=[0.3, 0.3, 0.3, 0.1])
    for index in range(schools):
        name = f"S{index}"
        world.add("dim_school", f"k{name}", name, f"School {index}", "k8", f"N{index % 2}", None, None)
        world.add("fct_elt_site", name, "spring", "after_school", "intervention", 14, as_of, as_of.replace(month=6))
        world.add("fct_elt_site", name, "spring", "robotics", "enrichment", 20, as_of, as_of.replace(month=6))
    for year in range(last_year - years + 1, last_year + 1):
        days = [day for day in school_days(year) if day < as_of]
        posted = {day: day + dt.timedelta(days=1) for day in days}
        for index in range(schools):
            for day in days:
                world.add("fct_submitted_day_version", f"S{index}", day, year, posted[day], None)
        yearly = rng.normal(0, 0.7, students)
        # Strain and weak marks together push a student off the track: neither does alone.
        weak = lasting + rng.normal(0, 0.5, students)
        slips = (yearly > 0.3) & (weak > 0.2)
        rate = 1 / (1 + np.exp(3.3 - 0.9 * lasting - 0.8 * yearly - 1.0 * slips))
        absent = rng.random((students, len(days))) < rate[:, None]
        tardy = ~absent & (rng.random((students, len(days))) < 0.03 * np.exp(0.6 * yearly)[:, None])
        points = 78 - 7 * weak[:, None] - 3 * slips[:, None] + rng.normal(0, 5, (students, 12))
        score = 500 - 30 * lasting[:, None] - 10 * yearly[:, None] + rng.normal(0, 15, (students, 6))
        start, end = school_days(year)[0], school_days(year)[-1]
        leaves = rng.random(students) < 0.03
        for row in range(students):
            student, place = f"P{row:04d}", f"S{school[row]}"
            level = GRADES[grade[row]]
            exit_day = days[int(len(days) * 0.9)] if leaves[row] else end
            world.add(
                "fct_enrollment_version",
                student,
                place,
                year,
                level,
                start,
                exit_day if exit_day < as_of else None,
                start,
                None,
            )
            world.add("dim_student_year", f"{student}-{year}", student, year, place, level)
            world.add("brg_student_subgroup", student, year, "race", str(race[row]))
            world.add("brg_student_subgroup", student, year, "all", "all_students")
            for column in np.flatnonzero(absent[row] | tardy[row]):
                day = days[column]
                if day > exit_day:
                    continue
                kind = "unexcused" if absent[row, column] else "tardy"
                world.add(
                    "fct_attendance_version",
                    student,
                    place,
                    day,
                    year,
                    1 if absent[row, column] else 0,
                    kind,
                    posted[day],
                    None,
                )
            for term, (month, day_) in enumerate(((11, 20), (2, 5), (4, 15), (6, 14))):
                on = dt.date(year - (month > 8), month, day_)
                if on >= as_of or on > exit_day + dt.timedelta(days=30):
                    continue
                for course, subject in enumerate(CORE):
                    value = round(float(points[row, term * 3 + course]), 1)
                    mark = "F" if value < 60 else "D" if value < 67 else "C" if value < 77 else "B"
                    world.add(
                        "fct_course_grade_version",
                        student,
                        place,
                        subject,
                        f"{year}T{term}",
                        year,
                        subject,
                        True,
                        mark,
                        value,
                        mark == "F",
                        on,
                        on,
                        None,
                    )
            for sitting, (name, month, day_) in enumerate((("fall", 9, 28), ("winter", 1, 20), ("spring", 5, 10))):
                on = dt.date(year - (month > 8), month, day_)
                if on >= as_of or on > exit_day:
                    continue
                for which, subject in enumerate(("math", "reading")):
                    value = round(float(score[row, sitting * 2 + which]))
                    world.add(
                        "fct_assessment_version",
                        student,
                        place,
                        "D1",
                        "MAP",
                        subject,
                        year,
                        name,
                        level,
                        on,
                        value,
                        "2" if value < 480 else "3",
                        value >= 480,
                        on + dt.timedelta(days=10),
                        None,
                    )
            if row % 9 == 0:
                world.add("brg_program_version", student, "el", start, end, None, start, None)
    return world


def assessment_world(students: int = 2500, schools: int = 20, seed: int = 5) -> World:
    """A district that has one state assessment a year and nothing else; as-of dates are summers."""
    rng = np.random.default_rng(seed)
    world = World()
    ability = rng.normal(0, 1, students)
    first_grade = rng.integers(-1, 9, students)
    race = rng.choice(["black", "white", "hispanic"], students)
    school = rng.integers(0, schools, students)
    for index in range(schools):
        world.add("dim_school", f"k{index}", f"S{index}", f"School {index}", "k8", None, None, None)
    for year in range(2021, 2026):
        for row in range(students):
            grade = int(first_grade[row]) + year - 2021
            if not 3 <= grade <= 10:
                continue
            on = dt.date(year, 4, 15)
            world.add("dim_student_year", f"{row}-{year}", f"P{row:05d}", year, f"S{school[row]}", f"{grade:02d}")
            world.add("brg_student_subgroup", f"P{row:05d}", year, "race", str(race[row]))
            for subject in ("MATHEMATICS", "READING"):
                value = round(float(500 + 50 * ability[row] + rng.normal(0, 22)))
                world.add(
                    "fct_assessment_version",
                    f"P{row:05d}",
                    f"S{school[row]}",
                    "470",
                    "STATE",
                    subject,
                    year,
                    "spring",
                    f"{grade:02d}",
                    on,
                    value,
                    "Proficient" if value >= 480 else "Partially",
                    value >= 480,
                    on + dt.timedelta(days=60),
                    None,
                )
    return world
