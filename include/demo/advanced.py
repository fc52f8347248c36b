"""Advanced courses of grades 9 to 12: who takes one, the marks it brings, and the unfairness planted in it.

Placement looks at the third of the autumn's assessment and at nothing else that a student can do, so that students of
one grade and third are alike. Grades without that assessment are open to all.
"""

from typing import Any

import numpy as np

from include.demo.days import SchoolYear
from include.demo.learning import WINDOWS, MarksDrawn, Scores
from include.demo.population import YearRoll
from include.demo.vocabulary import ADVANCED_COURSES, COURSES, FIRST_ADVANCED_GRADE

# Log-odds of a seat for the middle third, and what a third up or down adds or takes.
MIDDLE = -0.4
EACH_THIRD = 1.0
# Planted: the odds of a seat of students with disabilities, against others of the same grade and third. Families of
# low income have the odds of all others.
UNFAIR_GROUP = "swd"
UNFAIR_ODDS = 0.3
FAIR_GROUP = "low_income"
# Nobody fails one: whoever struggles goes back to the ordinary course in the first weeks.
LOWEST_POINTS, MEAN_POINTS, POINTS = 70.0, 86.0, 6.0


def _thirds(scores: Scores, roll: YearRoll) -> np.ndarray:
    """0, 1 or 2 by the mean place among the grade's autumn results [students]; 1 where nobody was tested."""
    total, count = np.zeros(len(roll)), np.zeros(len(roll))
    autumn = scores.window == WINDOWS.index("fall")
    for subject in np.unique(scores.subject).tolist():
        for grade in np.unique(roll.grade).tolist():
            here = np.flatnonzero(autumn & (scores.subject == subject) & (roll.grade[scores.row] == grade))
            ordered = np.sort(scores.score[here])
            place = np.searchsorted(ordered, scores.score[here]) / max(len(here) - 1, 1)
            total[scores.row[here]] += place
            count[scores.row[here]] += 1
    tested = count > 0
    mean = total / np.maximum(count, 1)
    third = np.ones(len(roll), int)
    for grade in np.unique(roll.grade).tolist():
        here = np.flatnonzero(tested & (roll.grade == grade))
        place = np.searchsorted(np.sort(mean[here]), mean[here]) / max(len(here) - 1, 1)
        third[here] = np.minimum((3 * place).astype(int), 2)
    return third


def taken(rng: np.random.Generator, roll: YearRoll, scores: Scores, unfair: np.ndarray) -> np.ndarray:
    """Who takes an advanced course in the year: bool [students].

    scores: the year's interim results. unfair: bool [students], the group with the planted odds.
    """
    luck = rng.random(len(roll))
    odds = np.exp(MIDDLE + EACH_THIRD * (_thirds(scores, roll) - 1) + np.log(UNFAIR_ODDS) * unfair)
    return (roll.grade >= FIRST_ADVANCED_GRADE) & (luck < odds / (1 + odds))


def marks(
    rng: np.random.Generator, year: SchoolYear, roll: YearRoll, place: np.ndarray, takes: np.ndarray
) -> MarksDrawn:
    """Their marks of every quarter that the student finished in the district; course is an index into CATALOGUE."""
    parts = []
    for quarter, (first, last) in enumerate(year.quarter_bounds(), start=1):
        points = np.clip(rng.normal(MEAN_POINTS, POINTS, len(roll)), LOWEST_POINTS, 100).round(1)
        lag = rng.integers(5, 9, len(roll)).astype("timedelta64[D]")
        row = np.flatnonzero(takes & (place[:, last] >= 0) & (place[:, max(last - 20, first)] >= 0))
        parts.append(
            (row, course_of(roll.grade[row]), np.full(len(row), quarter), place[row, last].astype(int), points[row],
             year.days[last] + lag[row])
        )  # fmt: skip
    return MarksDrawn(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def course_of(grade: np.ndarray) -> np.ndarray:
    """The advanced course of a grade, as an index into CATALOGUE."""
    return len(COURSES) + grade - FIRST_ADVANCED_GRADE


def together(one: MarksDrawn, other: MarksDrawn) -> MarksDrawn:
    """The marks of both, those of the first in front."""
    names = MarksDrawn.__dataclass_fields__
    return MarksDrawn(**{name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names})


def counted(year: int, roll: YearRoll, takes: np.ndarray, groups: dict[str, np.ndarray]) -> dict[str, Any]:
    """What truth.json says of one year: of each group the students of the grades, and who took one."""
    upper = roll.grade >= FIRST_ADVANCED_GRADE
    everyone = {**groups, "all_students": np.ones(len(roll), bool)}
    return {
        "school_year": year,
        **{
            name: {"students": int((upper & group).sum()), "took": int((takes & group).sum())}
            for name, group in everyone.items()
        },
    }


def truth(years: list[dict[str, Any]]) -> dict[str, Any]:
    """What truth.json says about it."""
    return {
        "unfair_advanced_courses": {
            "courses": [course.course_id for course in ADVANCED_COURSES],
            "group": UNFAIR_GROUP,
            "odds_ratio": UNFAIR_ODDS,
            "at_equal": ["grade", "third of the autumn's assessment"],
            "fair_group": FAIR_GROUP,
            "years": years,
            "why": "Students of this group have such odds of an advanced course, against others of their grade and "
            "third. The fair group stands in the lower thirds more often, and has the odds of all others. took counts "
            "also who left before the first mark.",
        }
    }
