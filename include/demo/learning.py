"""Marks and assessments of one school year."""

from dataclasses import dataclass

import numpy as np

from include.demo.days import SchoolYear
from include.demo.population import YearRoll
from include.demo.trajectory import BLOCK_DAYS, YearState
from include.demo.vocabulary import (
    COURSES,
    COURSES_PER_GRADE,
    FIRST_MARKED_GRADE,
    MAPLE_HIGHEST_GRADE,
    MARKS,
    STATE_GRADES,
)

SUBJECTS = ("ela", "math")
WINDOWS = ("fall", "winter", "spring")
# Day index at which each interim window opens, and how many days of testing it has.
WINDOW_STARTS = (12, 84, 158)
WINDOW_DAYS = 8
NOT_TESTED = 0.03
MAPLE_CUTS = (-1.95, -1.05, 0.35)
# Points of the scale for a standard deviation; what a year's growth adds to it by window, and what each share of the
# days takes that a student was absent beyond the ordinary.
MAPLE_POINTS = 11.0
GROWTH_BY_WINDOW = (0.0, 0.34, 0.60)
ABSENCE_BY_WINDOW = (0.0, 1.6, 2.6)
ORDINARY_ABSENCE = 0.07
MARK_POINTS = 8.2
ELECTIVE_POINTS = 5
STATE_CUTS = (-1.2, -0.35, 0.95)


@dataclass
class MarksDrawn:
    """One entry per mark: row of the roll, index into COURSES, quarter from 1, school, points, posting day."""

    row: np.ndarray
    course: np.ndarray
    quarter: np.ndarray
    school: np.ndarray
    points: np.ndarray
    posted: np.ndarray


@dataclass
class Scores:
    """One entry per result; score is not-a-number and level -1 where the student was not tested."""

    row: np.ndarray
    subject: np.ndarray
    window: np.ndarray
    school: np.ndarray
    taken: np.ndarray
    score: np.ndarray
    level: np.ndarray
    posted: np.ndarray


def marks(
    rng: np.random.Generator, year: SchoolYear, roll: YearRoll, state: YearState, place: np.ndarray
) -> MarksDrawn:
    """Marks of every quarter that the student finished in the district, grades 6 to 12."""
    rows = np.flatnonzero(roll.grade >= FIRST_MARKED_GRADE)
    taste = rng.normal(0, 0.35, (len(roll), COURSES_PER_GRADE))
    parts = []
    for quarter, (first, last) in enumerate(year.quarter_bounds(), start=1):
        here = rows[(place[rows, last] >= 0) & (place[rows, max(last - 20, first)] >= 0)]
        blocks = slice(first // BLOCK_DAYS, last // BLOCK_DAYS + 1)
        level = state.performance[here, blocks].mean(axis=1)
        row = np.repeat(here, COURSES_PER_GRADE)
        within = np.tile(np.arange(COURSES_PER_GRADE), len(here))
        course = (roll.grade[row] - FIRST_MARKED_GRADE) * COURSES_PER_GRADE + within
        is_core = np.array([item.is_core for item in COURSES])[course]
        points = 79.5 + MARK_POINTS * (np.repeat(level, COURSES_PER_GRADE) + taste[row, within])
        points += np.where(is_core, 0, ELECTIVE_POINTS) + rng.normal(0, 3.6, len(row))
        lag = rng.choice([5, 6, 7, 11], len(row), p=[0.3, 0.4, 0.25, 0.05]).astype("timedelta64[D]")
        parts.append(
            (row, course, np.full(len(row), quarter), place[row, last].astype(int),
             np.clip(points, 35, 100).round(1), year.days[last] + lag)
        )  # fmt: skip
    return MarksDrawn(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def letters(points: np.ndarray) -> np.ndarray:
    """The letter of each mark on the 0-100 scale."""
    floors = np.array([floor for floor, _ in MARKS][::-1])
    names = np.array([name for _, name in MARKS][::-1], dtype=object)
    return names[np.searchsorted(floors, points, side="right") - 1]


def norm(grade: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The score that the publisher of the interim assessment expects at a grade and window."""
    return 150 + 9.0 * grade + 3.0 * window


def interim(
    rng: np.random.Generator,
    year: SchoolYear,
    roll: YearRoll,
    state: YearState,
    place: np.ndarray,
    lift: np.ndarray,
) -> Scores:
    """MAPLE: fall, winter and spring, two subjects, kindergarten to grade 10; posted a week or two later.

    lift: points that extended learning time adds in spring [students].
    """
    leaning = rng.normal(0, 0.3, (len(roll), len(SUBJECTS)))
    parts = []
    for window, start in enumerate(WINDOW_STARTS):
        for subject in range(len(SUBJECTS)):
            day = start + rng.integers(0, WINDOW_DAYS, len(roll))
            school = place[np.arange(len(roll)), day].astype(int)
            tested = rng.random(len(roll)) >= NOT_TESTED
            rows = np.flatnonzero((roll.grade <= MAPLE_HIGHEST_GRADE) & (school >= 0) & tested)
            block = np.clip(day[rows] // BLOCK_DAYS, 0, state.absence.shape[1] - 1)
            missed = (state.absence[rows].cumsum(axis=1)[np.arange(len(rows)), block] / (block + 1)) - ORDINARY_ABSENCE
            gain = state.growth[rows] * GROWTH_BY_WINDOW[window]
            gain -= ABSENCE_BY_WINDOW[window] * np.clip(missed, 0, 0.3)
            z = state.ability[rows] + leaning[rows, subject] + gain + rng.normal(0, 0.5, len(rows))
            score = norm(roll.grade[rows], np.full(len(rows), window)) + MAPLE_POINTS * z
            score += lift[rows] * (WINDOWS[window] == "spring")
            score = score.round()
            reached = (score - norm(roll.grade[rows], np.full(len(rows), window))) / MAPLE_POINTS
            parts.append(
                (rows, np.full(len(rows), subject), np.full(len(rows), window), school[rows],
                 year.days[day[rows]], score, np.searchsorted(MAPLE_CUTS, reached, side="right"),
                 year.days[day[rows]] + rng.integers(6, 13, len(rows)).astype("timedelta64[D]"))
            )  # fmt: skip
    return Scores(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def statewide(
    rng: np.random.Generator, year: SchoolYear, roll: YearRoll, state: YearState, place: np.ndarray
) -> Scores:
    """STATE: spring, tested grades, posted in September after the year; the untested have a row too."""
    parts = []
    posted = np.datetime64(f"{year.year}-09-18")
    for subject in range(len(SUBJECTS)):
        day = np.full(len(roll), 148 + 4 * subject)
        school = place[np.arange(len(roll)), day].astype(int)
        rows = np.flatnonzero(np.isin(roll.grade, STATE_GRADES) & (school >= 0))
        z = state.ability[rows] + 0.5 * state.growth[rows] + rng.normal(0, 0.35, len(rows))
        untested = rng.random(len(rows)) < NOT_TESTED
        score = np.where(untested, np.nan, np.clip((500 + 22 * z).round(), 440, 560))
        level = np.where(untested, -1, np.searchsorted(STATE_CUTS, (score - 500) / 22, side="right"))
        parts.append(
            (rows, np.full(len(rows), subject), np.full(len(rows), 2), school[rows],
             year.days[day[rows]], score, level, np.full(len(rows), posted))
        )  # fmt: skip
    return Scores(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
