"""Applications of families for a place at a school, with the day of every step."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from include.demo.days import SchoolYear
from include.demo.layout import Layout
from include.demo.population import Students, YearRoll

NEVER = np.datetime64("NaT", "D")
STEPS = ("submitted", "completed", "placed", "notified", "enrolled")
# Working with these languages takes longer: days from the application to the last document, and from the seat to
# the word about it, are so many times those of families that speak another language at home.
SLOW_LANGUAGES = ("km", "sw")
SLOWER = 1.8
# Mean days of each step for everyone else; none takes less than a day.
TYPICAL_DAYS = {"completed": 9.0, "placed": 6.0, "notified": 4.0, "enrolled": 5.0}
SLOW_STEPS = ("completed", "notified")
WITHDRAWN = 0.08
# Days before the first day of school on which the families of the next kindergarten apply.
ROUND = (40, 250)
ANOTHER_SCHOOL_FIRST = 0.18


@dataclass
class Applications:
    """One entry per application, by the day of submission.

    student indexes Students, -1 where nobody came of it; asked and school are school indexes, of the wish and of the
    placement; begins is the student's first day in school; steps holds the days of STEPS, not-a-time where one was
    never reached.
    """

    number: np.ndarray
    student: np.ndarray
    begins: np.ndarray
    asked: np.ndarray
    school: np.ndarray
    grade: np.ndarray
    language: np.ndarray
    program: np.ndarray
    steps: dict[str, np.ndarray]
    withdrawn: np.ndarray


def _gap(rng: np.random.Generator, mean: float, slow: np.ndarray) -> np.ndarray:
    """Days of one step, at least one: geometric, so that a few take weeks [applications]."""
    days = rng.geometric(1 / mean, len(slow))
    return np.where(slow, np.ceil(days * SLOWER), days).astype("timedelta64[D]")


def draw(
    rng: np.random.Generator, layout: Layout, people: Students, years: list[SchoolYear], rolls: list[YearRoll]
) -> Applications:
    """Draw the applications of everyone who came after the first day of the history, and of those who withdrew.

    A student's own steps are laid before the first day in school; where a step would then lie before
    the application, the application moves back. Those who withdrew stop after any step but the last. The families of
    the year after the history have applied too, and their steps are still open.
    """
    parts = []
    for index in range(1, len(years) + 1):
        following = index == len(years)
        year, roll = years[min(index, len(years) - 1)], rolls[min(index, len(years) - 1)]
        new = people.first_year[roll.student] == index
        if following:
            # Who will come next year is not drawn; this year's kindergarten stands for the families that apply.
            new = roll.grade == 0
        row = np.flatnonzero(new)
        first = year.days[roll.entry[row]] + np.timedelta64(364 if following else 0, "D")
        parts.append((
            np.full(len(row), -1) if following else roll.student[row], roll.school[row], roll.grade[row], first,
            roll.entry[row] == 0, roll.student[row],
        ))  # fmt: skip
    student, school, grade, first, at_start, like = (np.concatenate(values) for values in zip(*parts, strict=True))
    size = len(student)
    language = np.array([text.split(",")[0] for text in people.language[like].tolist()], dtype=object)
    slow = np.isin(language.astype(str), SLOW_LANGUAGES)
    gaps = {step: _gap(rng, mean, slow & (step in SLOW_STEPS)) for step, mean in TYPICAL_DAYS.items()}
    early = rng.integers(ROUND[0], ROUND[1], size).astype("timedelta64[D]")
    taken = gaps["completed"] + gaps["placed"] + gaps["notified"] + gaps["enrolled"]
    submitted = first - np.where(at_start, np.maximum(early, taken), taken)
    steps = {"submitted": submitted}
    for before, step in pairwise(STEPS):
        steps[step] = steps[before] + gaps[step]
    # A withdrawn application is one more, of a family that never comes.
    extra = np.flatnonzero((rng.random(size) < WITHDRAWN) & (student >= 0))
    reached = rng.integers(0, len(STEPS) - 1, len(extra))
    order = np.concatenate([np.arange(size), extra])
    is_extra = np.arange(size + len(extra)) >= size
    steps = {step: days[order] for step, days in steps.items()}
    last = np.array([steps[step][size:] for step in STEPS])[reached, np.arange(len(extra))]
    for number, step in enumerate(STEPS):
        steps[step][size:][number > reached] = NEVER
    withdrawn = np.full(len(order), NEVER)
    withdrawn[size:] = last + rng.integers(2, 21, len(extra)).astype("timedelta64[D]")
    school, grade, like = school[order], grade[order], like[order]
    elsewhere = layout.offered(min(len(years), layout.years) - 1)[grade]
    wish = (rng.random(elsewhere.shape) * elsewhere).argmax(axis=1)
    asked = np.where(rng.random(len(order)) < ANOTHER_SCHOOL_FIRST, wish, school)
    program = np.select([people.is_swd[like], people.is_el[like]], ["special education", "English learner"], "general")
    by_day = np.argsort(steps["submitted"], kind="stable")
    return Applications(
        number=np.arange(len(order)), student=np.where(is_extra, -1, student[order])[by_day],
        begins=first[order][by_day], asked=asked[by_day],
        school=school[by_day], grade=grade[by_day], language=language[order][by_day], program=program[by_day],
        steps={step: days[by_day] for step, days in steps.items()}, withdrawn=withdrawn[by_day],
    )  # fmt: skip


def truth() -> dict[str, object]:
    """What truth.json says about it."""
    return {
        "slow_languages": list(SLOW_LANGUAGES),
        "slow_steps": list(SLOW_STEPS),
        "times_as_long": SLOWER,
        "mean_days_of_others": TYPICAL_DAYS,
        "why": "Each of these steps takes these families so many times the days of others, rounded up.",
    }
