"""School years: instructional days, holidays, snow days, quarters."""

import datetime
from dataclasses import dataclass

import numpy as np

from include.demo.vocabulary import NETWORKS, SCHOOLS

INSTRUCTIONAL_DAYS = 182
QUARTERS = 4


def school_year_of(day: datetime.date) -> int:
    """The school year that a day belongs to: July starts the next one."""
    return day.year + (1 if day.month >= 7 else 0)


@dataclass(frozen=True)
class SchoolYear:
    """One school year of the district.

    days: datetime64[D] of every instructional day, the same number for both networks: each network has
        one training day of its own, so a day may be instructional for one network only.
    open_: bool [schools, days], whether instruction is scheduled at the school.
    weekdays: datetime64[D] of every weekday between the first day and the last.
    snow: index into days of the day on which no school could open although the calendar says so.
    submitted: bool [schools, days], whether the school submitted attendance.
    """

    year: int
    days: np.ndarray
    open_: np.ndarray
    weekdays: np.ndarray
    snow: int
    submitted: np.ndarray

    @property
    def first(self) -> np.datetime64:
        return self.days[0]

    @property
    def last(self) -> np.datetime64:
        return self.days[-1]

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


def school_year(rng: np.random.Generator, year: int) -> SchoolYear:
    """Lay out one school year; the draws are the snow day and the submissions that were missed."""
    start = _nth_weekday(year - 1, 9, 0, 1) + datetime.timedelta(days=1)
    closed = holidays(year)
    training = {"NET-NORTH": _nth_weekday(year - 1, 11, 1, 1), "NET-SOUTH": _nth_weekday(year, 3, 4, 2)}
    days: list[datetime.date] = []
    day = start
    # One day more than each network teaches: on its training day a network has no pupils.
    while len(days) < INSTRUCTIONAL_DAYS + 1:
        if day.weekday() < 5 and day not in closed:
            days.append(day)
        day += datetime.timedelta(days=1)
    stamps = np.array(days, dtype="datetime64[D]")
    by_network = {name: stamps != np.datetime64(training[name]) for name in NETWORKS}
    open_ = np.array([by_network[school.network] for school in SCHOOLS])
    weekdays = np.arange(stamps[0], stamps[-1] + 1)
    winter = np.flatnonzero((stamps >= np.datetime64(f"{year}-01-08")) & (stamps <= np.datetime64(f"{year}-02-06")))
    snow = int(rng.choice(winter))
    missed = rng.random(open_.shape) < 0.003
    submitted = open_ & ~missed
    submitted[:, snow] = False
    return SchoolYear(year, stamps, open_, weekdays[np.is_busday(weekdays)], snow, submitted)
