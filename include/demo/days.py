"""School years: instructional days, holidays, snow days, quarters."""

import datetime
from dataclasses import dataclass

import numpy as np

from include.demo.layout import Layout

# Massachusetts has schools schedule 185 days, so that 180 are left after closures (603 CMR 27.03). Days of the
# district's year; each school has three of its own without pupils.
SCHEDULED_DAYS = 187
QUARTERS = 4
SNOW_DAYS = (2, 3)
MISSED = 0.003
# The planted histories stand at the first two schools, which therefore never miss a day.
NEVER_MISS = 2


def school_year_of(day: datetime.date) -> int:
    """The school year that a day belongs to: July starts the next one."""
    return day.year + (1 if day.month >= 7 else 0)


@dataclass(frozen=True)
class SchoolYear:
    """One school year of the district.

    days: datetime64[D] of every day on which some school teaches. Levels begin on different days and have
        conference and examination days of their own, networks a training day.
    open_: bool [schools, days], whether instruction is scheduled at the school.
    weekdays: datetime64[D] of every weekday between the first day and the last.
    snow: indexes into days on which no school could open although the calendar says so.
    submitted: bool [schools, days], whether the school submitted attendance.
    """

    year: int
    days: np.ndarray
    open_: np.ndarray
    weekdays: np.ndarray
    snow: np.ndarray
    submitted: np.ndarray

    @property
    def first(self) -> np.datetime64:
        return self.days[0]

    @property
    def last(self) -> np.datetime64:
        return self.days[-1]

    def taken(self, place: np.ndarray) -> np.ndarray:
        """Bool [students, days]: whether the student's school (place, -1 for none) submitted attendance."""
        padded = np.vstack([self.submitted, np.zeros(len(self.days), bool)])
        return padded[place, np.arange(len(self.days))]

    def quarter_bounds(self) -> list[tuple[int, int]]:
        """First and last day index of each marking period, both inclusive."""
        cuts = np.linspace(0, len(self.days), QUARTERS + 1).round().astype(int)
        return [(int(cuts[i]), int(cuts[i + 1]) - 1) for i in range(QUARTERS)]

    @property
    def name(self) -> str:
        """As the source systems write it: 2025-26."""
        return f"{self.year - 1}-{self.year % 100:02d}"


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> datetime.date:
    first = datetime.date(year, month, 1)
    return first + datetime.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _week_of(monday: datetime.date) -> list[datetime.date]:
    return [monday + datetime.timedelta(days=offset) for offset in range(5)]


def holidays(year: int) -> set[datetime.date]:
    """Days without school in the school year ending in `year`, weekends apart."""
    thanksgiving = _nth_weekday(year - 1, 11, 3, 4)
    closed = {
        _nth_weekday(year - 1, 10, 0, 2),
        datetime.date(year - 1, 11, 11),
        *(thanksgiving + datetime.timedelta(days=offset) for offset in (-1, 0, 1)),
        _nth_weekday(year, 1, 0, 3),
        _nth_weekday(year, 5, 0, 4),
        datetime.date(year, 6, 19),
    }
    closed.update(datetime.date(year - 1, 12, day) for day in range(24, 32))
    closed.add(datetime.date(year, 1, 1))
    closed.update(_week_of(_nth_weekday(year, 2, 0, 3)))
    closed.update(_week_of(_nth_weekday(year, 4, 0, 3)))
    return closed


def _without_pupils(year: int, level: str, first: datetime.date) -> set[datetime.date]:
    """Two days of a level: the late start of the young, conferences, marking of examinations."""
    conferences = _nth_weekday(year - 1, 11, 3, 2)
    if level == "high":
        return {
            _nth_weekday(year, 1, 4, 5 if _nth_weekday(year, 1, 4, 5).month == 1 else 4),
            _nth_weekday(year, 6, 4, 1),
        }
    if level == "middle":
        return {conferences, _nth_weekday(year, 3, 3, 4)}
    return {first, conferences}


def school_year(rng: np.random.Generator, layout: Layout, year: int, index: int) -> SchoolYear:
    """Lay out the `index`-th school year of the history, with its snow days and the submissions that were missed."""
    start = _nth_weekday(year - 1, 9, 0, 1) + datetime.timedelta(days=1)
    closed = holidays(year)
    choices = (_nth_weekday(year - 1, 11, 1, 1), _nth_weekday(year, 3, 4, 2))
    training = {name: choices[number % 2] for number, name in enumerate(layout.networks)}
    days: list[datetime.date] = []
    day = start
    while len(days) < SCHEDULED_DAYS:
        if day.weekday() < 5 and day not in closed:
            days.append(day)
        day += datetime.timedelta(days=1)
    stamps = np.array(days, dtype="datetime64[D]")
    free = [
        np.array([training[school.network], *sorted(_without_pupils(year, school.level, days[0]))], "datetime64[D]")
        for school in layout.schools
    ]
    open_ = np.array([~np.isin(stamps, own) for own in free]) & layout.is_open[:, [index]]
    weekdays = np.arange(stamps[0], stamps[-1] + 1)
    taught = open_[layout.is_open[:, index]].all(axis=0)
    winter = taught & (stamps >= np.datetime64(f"{year - 1}-12-10")) & (stamps <= np.datetime64(f"{year}-03-01"))
    count = int(rng.integers(SNOW_DAYS[0], SNOW_DAYS[1] + 1))
    snow = np.sort(rng.choice(np.flatnonzero(winter), count, replace=False))
    missed = rng.random(open_.shape) < MISSED
    missed[:NEVER_MISS] = False
    submitted = open_ & ~missed
    submitted[:, snow] = False
    return SchoolYear(year, stamps, open_, weekdays[np.is_busday(weekdays)], snow, submitted)
