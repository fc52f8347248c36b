"""Students with a known attendance history, whose verdict can be checked by hand.

They stand in the last school year that is over, so that no later file changes them.
"""

from dataclasses import dataclass

import numpy as np

from include.demo.days import SchoolYear
from include.demo.layout import Layout
from include.demo.population import Students, YearRoll
from include.demo.vocabulary import AU, HD
from include.errors import SchoolhouseError

FIRST_SCHOOL, SECOND_SCHOOL = 0, 1
GRADES = (1, 2, 3, 4)


@dataclass(frozen=True)
class Planted:
    """One planted history: `row` is the student's row in the year's roll, codes its days' codes."""

    label: str
    why: str
    row: int
    codes: np.ndarray
    facts: dict[str, object]


def _days(year: SchoolYear, school: int) -> np.ndarray:
    return np.flatnonzero(year.submitted[school])


def _spread(days: np.ndarray, count: int) -> np.ndarray:
    """`count` of the days, evenly spaced from the second one on."""
    return days[np.linspace(1, len(days) - 1, count).round().astype(int)] if count else days[:0]


def _set(roll: YearRoll, row: int, *, entry: int, last: int, move: int = -1, gap: int = 0, overlap: int = 0) -> None:
    roll.school[row], roll.entry[row], roll.exit_[row] = FIRST_SCHOOL, entry, last
    roll.move[row], roll.gap[row], roll.overlap[row] = move, gap, overlap
    roll.second[row] = SECOND_SCHOOL if move >= 0 else -1


def plant(layout: Layout, people: Students, roll: YearRoll, year: SchoolYear) -> list[Planted]:
    """Rewrite the rolls of six students of the early grades and give their attendance.

    The students are the first of those grades who were at the first school all year.
    Raises SchoolhouseError where the district is too small to have six.
    """
    last = len(year.days) - 1
    ordinary = np.isin(roll.grade, GRADES) & (roll.school == FIRST_SCHOOL) & (roll.move < 0)
    ordinary &= (roll.entry == 0) & (roll.exit_ == last)
    rows = np.flatnonzero(ordinary)[:6]
    if len(rows) < 6:
        raise SchoolhouseError("The generated district is too small for its planted students: ask for 300 or more.")
    here, there = _days(year, FIRST_SCHOOL), _days(year, SECOND_SCHOOL)
    planted = []

    def add(label: str, why: str, row: int, absent: np.ndarray, halves: np.ndarray, enrolled: int) -> None:
        codes = np.zeros(len(year.days), np.int8)
        codes[absent], codes[halves] = AU, HD
        days_absent = len(absent) + 0.5 * len(halves)
        facts: dict[str, object] = {
            "student_id": str(people.number[roll.student[row]]),
            "school_year": year.year,
            "schools": [layout.ids[FIRST_SCHOOL]] + ([layout.ids[SECOND_SCHOOL]] if roll.move[row] >= 0 else []),
            "enrolled_days": enrolled,
            "days_absent": days_absent,
            "is_chronic": bool(10 * days_absent >= enrolled) if enrolled >= 10 else None,
        }
        planted.append(Planted(label, why, row, codes, facts))

    none = here[:0]
    move = int(here[8]) + 1
    first, second = here[:9], there[there >= move]
    total = len(first) + len(second)
    _set(roll, rows[0], entry=0, last=last, move=move)
    needed = -(-total // 10)
    absent = np.concatenate([first[1:7], _spread(second, needed - 6)])
    add(
        "chronic_only_across_schools",
        "Too few days at the first school to be rated, under 10 % at the second, chronic in the district.",
        int(rows[0]), absent, none, total,
    )  # fmt: skip

    second = there[-85:]
    first = here[here < second[0]][-95:]
    _set(roll, rows[1], entry=int(first[0]), last=last, move=int(second[0]), gap=int(second[0] - first[-1] - 1))
    absent = np.concatenate([_spread(first, 10), _spread(second, 8)])
    add("ten_of_95_then_eight_of_85", "18 of 180 over two schools.", int(rows[1]), absent, none, 180)

    days = here[-170:]
    _set(roll, rows[2], entry=int(days[0]), last=last)
    add("exactly_ten_percent", "Exactly 10 % is chronic.", int(rows[2]), _spread(days, 17), none, 170)

    _set(roll, rows[3], entry=int(days[0]), last=last)
    chosen = _spread(days, 17)
    add("half_a_day_short", "16.5 of 170 is not chronic.", int(rows[3]), chosen[:-1], chosen[-1:], 170)

    days = here[-9:]
    _set(roll, rows[4], entry=int(days[0]), last=last)
    add("nine_of_nine", "Nine days are too few to be rated.", int(rows[4]), days, none, 9)

    both = year.submitted[FIRST_SCHOOL] & year.submitted[SECOND_SCHOOL]
    move = int(np.flatnonzero(both)[90])
    until = int(np.flatnonzero(both)[99])
    overlap = until - move + 1
    _set(roll, rows[5], entry=0, last=last, move=move, overlap=overlap)
    counted = np.union1d(here[here <= until], there[there >= move])
    alone = np.concatenate([here[here < move], there[there > until]])
    absent = _spread(alone, -(-len(counted) // 10))
    add(
        "overlapping_schools",
        "Ten days at two schools count once: counted twice, the student would not be chronic.",
        int(rows[5]), absent, none, len(counted),
    )  # fmt: skip
    return planted
