"""Who the students are and where each of them is enrolled, year by year."""

from dataclasses import dataclass

import numpy as np

from include.demo.days import SchoolYear
from include.demo.vocabulary import (
    FAMILY_NAMES,
    GIVEN_NAMES,
    HIGH_SCHOOLS,
    HIGH_SHARE,
    HOME_LANGUAGE_SHARE,
    HOME_LANGUAGES,
    RACES,
    SCHOOLS,
    STUDENT_RACE_SHARE,
    ZONE_EARLY,
    ZONE_LOW_INCOME,
    ZONE_MIDDLE,
    ZONE_SHARE,
)

LEAVE_SUMMER = 0.035
RETAINED = 0.012
LATE_ENTRY = 0.025
EARLY_EXIT = 0.018
MOVED = 0.03
EL_SHARE = {"hispanic": 0.34, "asian": 0.22, "black": 0.12}


@dataclass
class Students:
    """One entry per student ever enrolled; `race` indexes RACES, `zone` the attendance zones."""

    number: np.ndarray
    race: np.ndarray
    sex: np.ndarray
    zone: np.ndarray
    birth: np.ndarray
    given: np.ndarray
    family: np.ndarray
    language: np.ndarray
    is_low_income: np.ndarray
    is_el: np.ndarray
    is_swd: np.ndarray
    is_gifted: np.ndarray
    is_homeless: np.ndarray
    is_foster: np.ndarray
    first_year: np.ndarray
    first_grade: np.ndarray

    def __len__(self) -> int:
        return len(self.number)


@dataclass
class YearRoll:
    """The students of one school year, one entry each; days are indexes into SchoolYear.days.

    entry and exit_ are the first and last day in the district; move is the first day at the second
    school (-1 without one), gap the days between the two; overlap the days on which the first school
    still counted the student after the move.
    """

    student: np.ndarray
    grade: np.ndarray
    school: np.ndarray
    entry: np.ndarray
    exit_: np.ndarray
    move: np.ndarray
    second: np.ndarray
    gap: np.ndarray
    overlap: np.ndarray

    def __len__(self) -> int:
        return len(self.student)

    def place(self, count: int) -> np.ndarray:
        """School index by student and day [students, days]; -1 where not enrolled."""
        day = np.arange(count)[None, :]
        inside = (day >= self.entry[:, None]) & (day <= self.exit_[:, None])
        moved = self.move[:, None] >= 0
        later = moved & (day >= self.move[:, None])
        between = moved & ~later & (day >= (self.move - self.gap)[:, None])
        school = np.where(later, self.second[:, None], self.school[:, None])
        return np.where(inside & ~between, school, -1).astype(np.int8)


@dataclass
class Spells:
    """School enrolments of one year: day indexes, both inclusive."""

    row: np.ndarray
    school: np.ndarray
    entered: np.ndarray
    exited: np.ndarray
    is_second: np.ndarray


def spells(roll: YearRoll) -> Spells:
    """The roll as spells, one or two per student, ordered by student and entry."""
    rows = np.arange(len(roll))
    moved = np.flatnonzero(roll.move >= 0)
    first_end = np.where(roll.move >= 0, roll.move - roll.gap - 1 + roll.overlap, roll.exit_)
    row = np.concatenate([rows, moved])
    second = np.concatenate([np.zeros(len(rows), bool), np.ones(len(moved), bool)])
    order = np.lexsort((second, row))
    return Spells(
        row=row[order],
        school=np.concatenate([roll.school, roll.second[moved]])[order],
        entered=np.concatenate([roll.entry, roll.move[moved]])[order],
        exited=np.concatenate([first_end, roll.exit_[moved]])[order],
        is_second=second[order],
    )


def assign_school(zone: np.ndarray, grade: np.ndarray, high: np.ndarray) -> np.ndarray:
    """School index by zone and grade; high schools are each student's own choice."""
    early = np.array(ZONE_EARLY)[zone]
    middle = np.array(ZONE_MIDDLE)[zone]
    return np.where(grade <= 5, early, np.where(grade <= 8, middle, np.array(HIGH_SCHOOLS)[high]))


def _other_school(rng: np.random.Generator, school: np.ndarray, grade: np.ndarray) -> np.ndarray:
    """Another school that offers the grade, -1 where there is none."""
    offered = np.array([[house.offers(level) for house in SCHOOLS] for level in range(13)])
    weight = rng.random((len(school), len(SCHOOLS))) * offered[grade]
    weight[np.arange(len(school)), school] = 0
    return np.where(weight.max(axis=1) > 0, weight.argmax(axis=1), -1)


def _roll(
    rng: np.random.Generator,
    student: np.ndarray,
    grade: np.ndarray,
    school: np.ndarray,
    leaves: np.ndarray,
    count: int,
) -> YearRoll:
    size = len(student)
    last = count - 1
    late = (rng.random(size) < LATE_ENTRY) & ~leaves
    entry = np.where(late, rng.integers(4, 130, size), 0)
    exit_ = np.where(leaves, rng.integers(25, last - 10, size), last)
    second = _other_school(rng, school, grade)
    moves = (rng.random(size) < MOVED) & ~late & ~leaves & (second >= 0)
    move = np.where(moves, rng.integers(20, last - 20, size), -1)
    gap = np.where(moves, rng.choice([0, 0, 1, 3], size), 0)
    return YearRoll(student, grade, school, entry, exit_, move, np.where(moves, second, -1), gap, np.zeros(size, int))


def _people(rng: np.random.Generator, first_year: np.ndarray, first_grade: np.ndarray, years: list[int]) -> Students:
    size = len(first_year)
    zone = rng.choice(len(ZONE_SHARE), size, p=ZONE_SHARE)
    race = rng.choice(len(RACES), size, p=STUDENT_RACE_SHARE)
    low_income = rng.random(size) < np.array(ZONE_LOW_INCOME)[zone]
    el_share = np.array([EL_SHARE.get(name, 0.04) for name in RACES])[race]
    is_el = rng.random(size) < el_share
    speaks = is_el | (rng.random(size) < el_share * 0.6)
    language = np.where(speaks, rng.choice(HOME_LANGUAGES, size, p=HOME_LANGUAGE_SHARE), "en")
    # Turns five in the calendar year before kindergarten, give or take the cut-off date.
    september = np.array(
        [
            f"{years[index] - 1 - 5 - grade}-09-01"
            for index, grade in zip(first_year.tolist(), first_grade.tolist(), strict=True)
        ],
        dtype="datetime64[D]",
    )
    birth = september - rng.integers(0, 365, size).astype("timedelta64[D]")
    return Students(
        number=(100_000 + np.arange(size) * 7 + rng.integers(0, 7, size)).astype(str).astype(object),
        race=race,
        sex=rng.choice(["female", "male", "other"], size, p=[0.487, 0.508, 0.005]),
        zone=zone,
        birth=birth,
        given=rng.choice(np.array(GIVEN_NAMES, dtype=object), size),
        family=rng.choice(np.array(FAMILY_NAMES, dtype=object), size),
        language=language,
        is_low_income=low_income,
        is_el=is_el,
        is_swd=rng.random(size) < 0.17,
        is_gifted=rng.random(size) < 0.06,
        is_homeless=low_income & (rng.random(size) < 0.035),
        is_foster=rng.random(size) < 0.006,
        first_year=first_year,
        first_grade=first_grade,
    )


def build(rng: np.random.Generator, years: list[SchoolYear], size: int) -> tuple[Students, list[YearRoll]]:
    """Students and their rolls, one roll per school year, about `size` students in each.

    Between years students move up a grade (a few repeat one), the top grade leaves with some others, and
    a kindergarten and newcomers of every grade arrive.
    """
    first_year = np.zeros(size, int)
    first_grade = np.sort(rng.integers(0, 13, size))
    student, grade = np.arange(size), first_grade.copy()
    leaves = rng.random(size) < EARLY_EXIT
    enrolled: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = [(student, grade, leaves)]
    kindergarten = round(size / 13)
    for index in range(1, len(years)):
        stays = (rng.random(len(student)) >= LEAVE_SUMMER) & ~leaves
        repeats = rng.random(len(student)) < RETAINED
        moved_up = np.where(repeats, grade, grade + 1)
        kept = stays & (moved_up <= 12)
        student, grade = student[kept], moved_up[kept]
        others = max(size - len(student) - kindergarten, 0)
        arrivals = np.concatenate([np.zeros(kindergarten, int), np.sort(rng.integers(1, 13, others))])
        student = np.concatenate([student, len(first_year) + np.arange(len(arrivals))])
        grade = np.concatenate([grade, arrivals])
        first_year = np.concatenate([first_year, np.full(len(arrivals), index)])
        first_grade = np.concatenate([first_grade, arrivals])
        leaves = rng.random(len(student)) < EARLY_EXIT
        enrolled.append((student, grade, leaves))

    people = _people(rng, first_year, first_grade, [year.year for year in years])
    high = rng.choice(len(HIGH_SCHOOLS), len(people), p=HIGH_SHARE)
    rolls = []
    for year, (student, grade, leaves) in zip(years, enrolled, strict=True):
        school = assign_school(people.zone[student], grade, high[student])
        rolls.append(_roll(rng, student, grade, school, leaves, len(year.days)))
    return people, rolls
