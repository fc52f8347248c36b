"""Attendance of one school year: a code by student and day, and the days on which it was posted."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from include.demo.days import SchoolYear
from include.demo.layout import Layout
from include.demo.trajectory import BLOCK_DAYS, YearState
from include.demo.vocabulary import ABSENT_FRACTION, AE, AU, HD, HE, OSS, PRESENT, TD

# Correlation of a day's absence with the day before: illness and truancy come in runs.
RUN = 0.34
HALF_DAY = 0.11
CORRECTED = 0.012
# Absence by weekday from Monday on, and on the last day before days off, as multiples of an ordinary day's.
WEEKDAYS = (1.05, 0.96, 0.95, 0.97, 1.09)
BEFORE_DAYS_OFF = 1.2
# Points of the attendance rate that the autonomous network's own calendar and schedule are worth.
AUTONOMY_POINTS = 1.5


@dataclass
class Exceptions:
    """One entry per exception, by day and student: row of the roll, day index, school index, code, posting day.

    A corrected one was posted first with another code: was and was_posted, 0 and not-a-time without one.
    """

    row: np.ndarray
    day: np.ndarray
    school: np.ndarray
    code: np.ndarray
    posted: np.ndarray
    was: np.ndarray
    was_posted: np.ndarray

    def known(self, as_of: np.datetime64) -> "Exceptions":
        """What was posted by the day, each in the version that was known then."""
        before = self.posted > as_of
        code = np.where(before, self.was, self.code)
        posted = np.where(before, self.was_posted, self.posted)
        kept = np.flatnonzero(posted <= as_of)
        never = np.full(len(kept), np.datetime64("NaT", "D"))
        return Exceptions(
            self.row[kept], self.day[kept], self.school[kept], code[kept], posted[kept], np.zeros_like(kept), never
        )


class Raised(NamedTuple):
    """What an autonomy did in one year: full days of absence that became days of presence, of so many days."""

    days: float
    of: int


def _pull(year: SchoolYear) -> np.ndarray:
    """How much likelier an absence is on each day than on an ordinary one [days]."""
    weekday = (year.days.astype("datetime64[D]").view("int64") - 4) % 7
    next_day = np.append(np.diff(year.days).astype(int), 1)
    # A weekend after a Friday is no reason of its own.
    off = next_day > np.where(weekday == 4, 3, 1)
    pull = np.array(WEEKDAYS)[weekday] * np.where(off, BEFORE_DAYS_OFF, 1.0)
    return pull / pull.mean()


def _chances(
    rng: np.random.Generator, year: SchoolYear, state: YearState, out: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bool [students, days] each: absent, tardy. A suspended student counts as absent."""
    size, count = out.shape
    pull = _pull(year)
    absent, tardy = np.zeros((size, count), bool), np.zeros((size, count), bool)
    yesterday = rng.random(size) < state.absence[:, 0]
    for number in range(count):
        today = np.minimum(state.absence[:, number // BLOCK_DAYS] * pull[number], 0.9)
        yesterday = rng.random(size) < np.where(yesterday, today + RUN * (1 - today), today * (1 - RUN))
        absent[:, number] = yesterday
        tardy[:, number] = rng.random(size) < state.tardy[:, number // BLOCK_DAYS]
    return absent | out, tardy


def draw(
    rng: np.random.Generator,
    year: SchoolYear,
    state: YearState,
    place: np.ndarray,
    out: np.ndarray,
    given: dict[int, np.ndarray],
    autonomous: np.ndarray,
) -> tuple[Exceptions, Raised]:
    """Draw the exceptions of every day on which the student's school submitted attendance.

    place: school index [students, days]. out: bool [students, days], suspended. given: row of the roll ->
    codes of all its days, for the planted students. autonomous: bool [schools], where absences became
    presence, AUTONOMY_POINTS of the attendance rate in all, taken at random. A present day leaves no row,
    but for the few absences that were later corrected to present.
    """
    absent, tardy = _chances(rng, year, state, out)
    submitted = year.taken(place)
    planted = np.array(list(given), int)
    event = (absent | tardy) & submitted
    event[planted] = False
    day, row = np.nonzero(event.T)
    size = len(row)
    is_absent = absent[row, day]
    # Habitual absence is excused less often.
    excused = rng.random(size) < np.clip(0.62 - 1.6 * state.absence[row, day // BLOCK_DAYS], 0.12, 0.9)
    half = rng.random(size) < HALF_DAY
    code = np.where(half, np.where(excused, HE, HD), np.where(excused, AE, AU))
    code = np.where(is_absent, np.where(out[row, day], OSS, code), TD)
    corrected = is_absent & (code != OSS) & (rng.random(size) < CORRECTED)
    lag = rng.choice([1, 2, 3, 5], size, p=[0.91, 0.05, 0.02, 0.02])
    lag = np.where(rng.random(size) < 0.02, rng.integers(6, 31, size), lag)
    later = rng.integers(6, 31, size)
    was = np.where(corrected, code, 0)
    was_lag, lag = lag, np.where(corrected, lag + later, lag)
    code = np.where(corrected, PRESENT, code)
    kept, raised = _raise(rng, code, place[row, day], (submitted, place), autonomous, planted)

    parts = [(row[kept], day[kept], code[kept], lag[kept], was[kept], was_lag[kept])]
    for own, codes in given.items():
        days = np.flatnonzero((codes > 0) & submitted[own])
        one = np.ones(len(days), int)
        parts.append((own * one, days, codes[days].astype(int), one, 0 * one, one))
    row, day, code, lag, was, was_lag = (np.concatenate(values) for values in zip(*parts, strict=True))
    order = np.argsort(day * np.int64(len(place)) + row, kind="stable")
    row, day, code, lag, was, was_lag = (values[order] for values in (row, day, code, lag, was, was_lag))
    first = year.days[day] + was_lag.astype("timedelta64[D]")
    return Exceptions(
        row, day, place[row, day].astype(int), code, year.days[day] + lag.astype("timedelta64[D]"),
        was, np.where(was > 0, first, np.datetime64("NaT", "D")),
    ), raised  # fmt: skip


def _raise(
    rng: np.random.Generator,
    code: np.ndarray,
    school: np.ndarray,
    whole: tuple[np.ndarray, np.ndarray],
    autonomous: np.ndarray,
    planted: np.ndarray,
) -> tuple[np.ndarray, Raised]:
    """Which exceptions stay once the autonomous schools' attendance has risen; whole: submitted and place."""
    kept = np.ones(len(code), bool)
    if not autonomous.any():
        return kept, Raised(0.0, 0)
    submitted, place = whole
    counted = submitted & autonomous[place]
    counted[planted] = False
    of = int(counted.sum())
    absent = np.array(ABSENT_FRACTION)[code]
    candidates = rng.permutation(np.flatnonzero(autonomous[school] & (absent > 0) & (code != OSS)))
    days = np.cumsum(absent[candidates])
    taken = candidates[: int(np.searchsorted(days, AUTONOMY_POINTS / 100 * of, side="right"))]
    kept[taken] = False
    return kept, Raised(float(absent[taken].sum()), of)


def every_day(
    year: SchoolYear, place: np.ndarray, drawn: Exceptions, schools: np.ndarray, as_of: np.datetime64
) -> Exceptions:
    """A row for every student and day of the schools (bool [schools]) that record each day, present ones included.

    What has not been posted yet stands as present, until its own posting.
    """
    day, row = np.nonzero((year.taken(place) & schools[place]).T)
    code = np.full(place.shape, PRESENT, np.int8)
    posted = np.broadcast_to(year.days + np.timedelta64(1, "D"), place.shape).copy()
    known = drawn.known(as_of)
    own = schools[known.school]
    code[known.row[own], known.day[own]] = known.code[own]
    posted[known.row[own], known.day[own]] = known.posted[own]
    every = Exceptions(
        row, day, place[row, day].astype(int), code[row, day], posted[row, day],
        np.zeros(len(row), int), np.full(len(row), np.datetime64("NaT", "D")),
    )  # fmt: skip
    return every.known(as_of)


def truth(layout: Layout, years: list[SchoolYear], raised: dict[str, Raised]) -> dict[str, object]:
    """What truth.json says about the network whose autonomy raised attendance; raised: by school year."""
    network = layout.networks_with("schedule")[0]
    effect = {year: {"days_raised": lifted.days, "of_days": lifted.of} for year, lifted in raised.items() if lifted.of}
    return {
        "network_id": network,
        "autonomies": ["CALENDAR", "SCHEDULE"],
        "from": f"{years[layout.years // 2].year - 1}-07-01",
        "points": AUTONOMY_POINTS,
        "schools": [school.school_id for school in layout.schools if school.network == network],
        "by_school_year": effect,
        "why": "Of the absences drawn for its schools so many full days, taken at random among all their pupils but "
        "the planted ones and the suspended, were changed to presence.",
    }


def submissions(rng: np.random.Generator, year: SchoolYear) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """School index, day index and posting day of every submission, in order of day and school."""
    day, school = np.nonzero(year.submitted.T)
    lag = rng.choice([1, 2, 4], len(day), p=[0.96, 0.03, 0.01])
    return school, day, year.days[day] + lag.astype("timedelta64[D]")
