"""Who the students are and where each of them is enrolled, year by year."""

from dataclasses import dataclass

import numpy as np

from include.demo.days import SchoolYear
from include.demo.layout import Layout
from include.demo.vocabulary import (
    FAMILY_NAMES,
    GIVEN_NAMES,
    HOME_LANGUAGES,
    RACES,
    SPEAKS_ANOTHER,
    STUDENT_RACE_SHARE,
)

# Massachusetts, attendance and retention by school, Lowell 2013-14, weighted by enrolment: 2.4 % are retained.
RETAINED = 0.024
# Massachusetts, mobility by school, Lowell 2013-14, weighted by enrolment: a churn of 15.5 % and a stability of
# 89.6 %. A move within the district counts at two schools.
LATE_ENTRY = 0.048
EARLY_EXIT = 0.048
MOVED = 0.025
RETURN_WITHIN = 0.006
# Not published by district: how many leave over the summer, and how many of those who left come back a year later.
LEAVE_SUMMER = 0.035
RETURN_LATER = 0.15
# Massachusetts, district profile of Lowell, selected populations, 2013-14: 29.4 % are English learners (39.6 % speak
# another language first), 15.1 % have disabilities, 75.1 % are of low income. Some learn English in the course of
# the history, and some disabilities are found later, so more have either in the end.
EL_OF_SPEAKERS = 0.80
SWD = 0.163
SECOND_LANGUAGE = 0.07


@dataclass
class Students:
    """One entry per student ever enrolled; `race` indexes RACES, `zone` the attendance zones.

    language: what is spoken at home, the first language first, separated by commas.
    """

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
    still counted the student after the move. Who left and came back has the same school twice.
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
        day = np.arange(count, dtype=np.int16)[None, :]
        entry, exit_, move, gap = (
            values.astype(np.int16)[:, None] for values in (self.entry, self.exit_, self.move, self.gap)
        )
        first, second = self.school.astype(np.int16)[:, None], self.second.astype(np.int16)[:, None]
        later = (move >= 0) & (day >= move)
        here = np.where(later, second, first)
        here[(day < entry) | (day > exit_)] = -1
        here[(move >= 0) & ~later & (day >= move - gap)] = -1
        return here


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


def _other_school(rng: np.random.Generator, offered: np.ndarray, school: np.ndarray, grade: np.ndarray) -> np.ndarray:
    """Another school that offers the grade, -1 where there is none."""
    weight = rng.random((len(school), offered.shape[1])) * offered[grade]
    weight[np.arange(len(school)), school] = 0
    return np.where(weight.max(axis=1) > 0, weight.argmax(axis=1), -1)


def _roll(
    rng: np.random.Generator,
    offered: np.ndarray,
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
    fate = rng.random(size)
    settled = ~late & ~leaves
    moves = np.flatnonzero((fate < MOVED) & settled)
    second = np.full(size, -1)
    second[moves] = _other_school(rng, offered, school[moves], grade[moves])
    returns = (fate >= MOVED) & (fate < MOVED + RETURN_WITHIN) & settled
    second = np.where(returns, school, second)
    move = np.where(second >= 0, rng.integers(70, last - 20, size), -1)
    move = np.where((second >= 0) & ~returns, rng.integers(20, last - 20, size), move)
    gap = np.where(returns, rng.integers(15, 61, size), rng.choice([0, 0, 1, 3], size))
    gap = np.where(second >= 0, gap, 0)
    return YearRoll(student, grade, school, entry, exit_, move, second, gap, np.zeros(size, int))


def _languages(rng: np.random.Generator, race: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each family speaks, and whether another language than English comes first [students]."""
    size = len(race)
    speaks = rng.random(size) < np.array([SPEAKS_ANOTHER.get(name, 0.0) for name in RACES])[race]
    first = np.full(size, "en", dtype=object)
    for index, name in enumerate(RACES):
        own = np.flatnonzero((race == index) & speaks)
        if len(own):
            shares = HOME_LANGUAGES[name]
            first[own] = rng.choice(np.array(list(shares), dtype=object), len(own), p=list(shares.values()))
    both = speaks & (rng.random(size) < SECOND_LANGUAGE)
    return np.where(both, first + ",en", first), speaks


def _people(
    rng: np.random.Generator, layout: Layout, first_year: np.ndarray, first_grade: np.ndarray, years: list[int]
) -> Students:
    size = len(first_year)
    weight = np.array([zone.weight for zone in layout.zones])
    zone = rng.choice(len(weight), size, p=weight / weight.sum())
    race = rng.choice(len(RACES), size, p=STUDENT_RACE_SHARE)
    low_income = rng.random(size) < np.array([zone.low_income for zone in layout.zones])[zone]
    language, speaks = _languages(rng, race)
    is_el = speaks & (rng.random(size) < EL_OF_SPEAKERS)
    # Turns five in the calendar year before kindergarten, give or take the cut-off date.
    turned = np.array(years)[first_year] - 1 - 5 - first_grade
    september = (turned - 1970).astype("datetime64[Y]").astype("datetime64[M]") + 8
    birth = september.astype("datetime64[D]") - rng.integers(0, 365, size).astype("timedelta64[D]")
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
        is_swd=rng.random(size) < SWD,
        is_gifted=rng.random(size) < 0.06,
        is_homeless=low_income & (rng.random(size) < 0.035),
        is_foster=rng.random(size) < 0.006,
        first_year=first_year,
        first_grade=first_grade,
    )


def build(
    rng: np.random.Generator, layout: Layout, years: list[SchoolYear], size: int
) -> tuple[Students, list[YearRoll]]:
    """Students and their rolls, one roll per school year, about `size` students in each.

    Between years students move up a grade (a few repeat one), the top grade leaves with some others, some who
    left a year before come back, and a kindergarten and newcomers of every grade arrive.
    """
    first_year = np.zeros(size, int)
    first_grade = np.sort(rng.integers(0, 13, size))
    student, grade = np.arange(size), first_grade.copy()
    leaves = rng.random(size) < EARLY_EXIT
    enrolled: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = [(student, grade, leaves)]
    kindergarten = round(size / 13)
    away: tuple[np.ndarray, np.ndarray] = (student[:0], grade[:0])
    for index in range(1, len(years)):
        stays = (rng.random(len(student)) >= LEAVE_SUMMER) & ~leaves
        repeats = rng.random(len(student)) < RETAINED
        moved_up = np.where(repeats, grade, grade + 1)
        kept = stays & (moved_up <= 12)
        gone = ~stays & (moved_up <= 11)
        returns = rng.random(len(away[0])) < RETURN_LATER
        back = (away[0][returns], away[1][returns] + 1)
        away = (student[gone], moved_up[gone])
        student = np.concatenate([student[kept], back[0]])
        grade = np.concatenate([moved_up[kept], back[1]])
        others = max(size - len(student) - kindergarten, 0)
        arrivals = np.concatenate([np.zeros(kindergarten, int), np.sort(rng.integers(1, 13, others))])
        student = np.concatenate([student, len(first_year) + np.arange(len(arrivals))])
        grade = np.concatenate([grade, arrivals])
        first_year = np.concatenate([first_year, np.full(len(arrivals), index)])
        first_grade = np.concatenate([first_grade, arrivals])
        leaves = rng.random(len(student)) < EARLY_EXIT
        enrolled.append((student, grade, leaves))

    people = _people(rng, layout, first_year, first_grade, [year.year for year in years])
    # The first high school is the largest.
    share = 1 / (1 + 0.6 * np.arange(len(layout.high)))
    high = rng.choice(len(layout.high), len(people), p=share / share.sum())
    rolls = []
    for index, (year, (student, grade, leaves)) in enumerate(zip(years, enrolled, strict=True)):
        school = layout.school_of(people.zone[student], grade, high[student], index)
        rolls.append(_roll(rng, layout.offered(index), student, grade, school, leaves, len(year.days)))
    return people, rolls
