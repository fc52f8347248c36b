"""What goes wrong in three weeks of the latest school year: a feature drifts, a unit changes, a school falls silent.

All three lie in spring at fixed places of the calendar, whatever the day of the export. They are laid over the
year once it is drawn, so that nothing else moves with them.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from include.demo.attendance import Exceptions
from include.demo.days import NEVER_MISS, SchoolYear
from include.demo.layout import Layout
from include.demo.learning import MarksDrawn
from include.demo.vocabulary import ATTENDANCE_CODES, TD

DAY = np.timedelta64(1, "D")
# Indexes of a day in the week: late in March, early in May.
DRIFTING_DAY, SILENT_DAY = 126, 153
DRIFTING_SCHOOLS = 3
SILENT_LEVEL = "middle"
# Of the pupils' days without an entry, so many get a late arrival; two or three in a hundred have one otherwise.
TARDY_SHARE = 0.15
# The marks of the third quarter that are stored in the week after next come on the scale of a grade point average.
CHANGED_QUARTER = 3
STORED_AFTER = 6
SCALE = 0.04


@dataclass(frozen=True)
class Week:
    """A week of the calendar, Monday to Sunday, and the schools [indexes] that something happens to in it."""

    monday: np.datetime64
    schools: np.ndarray

    @property
    def sunday(self) -> np.datetime64:
        return self.monday + 6 * DAY

    def holds(self, days: np.ndarray) -> np.ndarray:
        """Bool, for each day."""
        return (days >= self.monday) & (days <= self.sunday)


@dataclass(frozen=True)
class Drifts:
    """The three weeks. tardies: late arrivals of the first week at its schools as drawn, and in all."""

    drifting: Week
    changed: Week
    silent: Week
    tardies: tuple[int, int] = (0, 0)


def _week(day: np.datetime64, schools: np.ndarray) -> Week:
    return Week(day - (day.view("int64") - 4) % 7 * DAY, schools)


def plan(layout: Layout, year: SchoolYear) -> Drifts:
    """Where the three stand in the latest year: at schools that record exceptions and have no planted student."""
    last = layout.years - 1
    free = layout.is_open[:, last] & ~layout.daily(last) & (np.arange(len(layout)) >= NEVER_MISS)
    silent = np.flatnonzero(free & (layout.levels == SILENT_LEVEL))[:1]
    free[silent] = False
    stored = year.days[year.quarter_bounds()[CHANGED_QUARTER - 1][1]] + STORED_AFTER * DAY
    return Drifts(
        _week(year.days[DRIFTING_DAY], np.flatnonzero(free)[:DRIFTING_SCHOOLS]),
        _week(stored, np.flatnonzero(layout.is_open[:, last])),
        _week(year.days[SILENT_DAY], silent),
    )


def attendance(
    rng: np.random.Generator, drifts: Drifts, year: SchoolYear, place: np.ndarray, drawn: Exceptions
) -> tuple[Drifts, Exceptions]:
    """The year's exceptions with more late arrivals in one week and none of the silent school's in another."""
    days = np.flatnonzero(drifts.drifting.holds(year.days))
    there = np.isin(place[:, days], drifts.drifting.schools) & year.taken(place)[:, days]
    has = np.zeros(place.shape, bool)
    has[drawn.row, drawn.day] = True
    row, within = np.nonzero(there & ~has[:, days] & (rng.random(there.shape) < TARDY_SHARE))
    day = days[within]
    ordinary = (drawn.code == TD) & np.isin(drawn.day, days) & np.isin(drawn.school, drifts.drifting.schools)
    none, never = np.zeros(len(row), int), np.full(len(row), np.datetime64("NaT", "D"))
    added = Exceptions(row, day, place[row, day].astype(int), none + TD, year.days[day] + DAY, none, never)
    silent = np.isin(drawn.school, drifts.silent.schools) & drifts.silent.holds(year.days[drawn.day])
    names = Exceptions.__dataclass_fields__
    both = {name: np.concatenate([getattr(drawn, name)[~silent], getattr(added, name)]) for name in names}
    order = np.argsort(both["day"] * np.int64(len(place)) + both["row"], kind="stable")
    counts = int(ordinary.sum()), int(ordinary.sum()) + len(row)
    return replace(drifts, tardies=counts), Exceptions(**{name: values[order] for name, values in both.items()})


def submissions(
    drifts: Drifts, year: SchoolYear, drawn: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The submissions without those of the silent school's week."""
    school, day, posted = drawn
    kept = ~(np.isin(school, drifts.silent.schools) & drifts.silent.holds(year.days[day]))
    return school[kept], day[kept], posted[kept]


def scale(drifts: Drifts, drawn: MarksDrawn) -> np.ndarray:
    """What the points of each mark are multiplied by in the file [marks]; the letters stay."""
    changed = (drawn.quarter == CHANGED_QUARTER) & drifts.changed.holds(drawn.posted)
    return np.where(changed, SCALE, 1.0)


def truth(drifts: Drifts, layout: Layout, as_of: np.datetime64) -> list[dict[str, Any]]:
    """What truth.json says about the three. has_begun: whether a file as of the day can show it."""
    ordinary, found = drifts.tardies

    def told(kind: str, week: Week, feed: str, column: str, posted: np.datetime64, **facts: object) -> dict[str, Any]:
        return {
            "kind": kind,
            "first_day": str(week.monday),
            "last_day": str(week.sunday),
            "schools": layout.ids[week.schools].tolist(),
            "feed": feed,
            "column": column,
            "has_begun": bool(posted <= as_of),
            **facts,
        }

    return [
        told(
            "feature drift", drifts.drifting, "sis.attendance_event", "Att Code", drifts.drifting.monday + DAY,
            code=ATTENDANCE_CODES[TD], factor=round(found / ordinary, 2) if ordinary else None,
            why="By day of attendance: so many times the late arrivals that the week would have had.",
        ),
        told(
            "unit change", drifts.changed, "sis.course_grade", "Percent", drifts.changed.monday, factor=SCALE,
            why="By day of storage: the marks of the third quarter are points of 4 in place of 100; letters are right.",
        ),
        told(
            "silent school", drifts.silent, "sis.attendance_submission", "SUBMITTED", drifts.silent.monday + DAY,
            factor=0, why="By day of attendance: neither submissions nor exceptions.",
        ),
    ]  # fmt: skip
