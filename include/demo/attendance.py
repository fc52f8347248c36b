"""Attendance of one school year: a code by student and day, and the day each was posted."""

from dataclasses import dataclass

import numpy as np

from include.demo.days import SchoolYear
from include.demo.trajectory import BLOCK_DAYS, YearState
from include.demo.vocabulary import AE, AU, HD, HE, OSS, PRESENT, TD

# Correlation of a day's absence with the day before: illness and truancy come in runs.
RUN = 0.34


@dataclass
class Exceptions:
    """One entry per exception: row of the roll, day index, school index, code, posting day."""

    row: np.ndarray
    day: np.ndarray
    school: np.ndarray
    code: np.ndarray
    posted: np.ndarray


def draw(
    rng: np.random.Generator,
    year: SchoolYear,
    state: YearState,
    place: np.ndarray,
    out: np.ndarray,
    given: dict[int, np.ndarray],
) -> Exceptions:
    """Draw the exceptions of every day on which the student's school submitted attendance.

    place: school index [students, days]. out: bool [students, days], suspended. given: row of the roll ->
    codes of all its days, for the planted students. A present day leaves no row, but for the few absences
    that were later corrected to present.
    """
    size, count = place.shape
    block = np.arange(count) // BLOCK_DAYS
    chance, late = state.absence[:, block], state.tardy[:, block]
    absent = np.zeros((size, count), bool)
    yesterday = rng.random(size) < chance[:, 0]
    for number in range(count):
        today = chance[:, number]
        yesterday = rng.random(size) < np.where(yesterday, today + RUN * (1 - today), today * (1 - RUN))
        absent[:, number] = yesterday
    # Habitual absence is excused less often.
    excused = rng.random((size, count)) < np.clip(0.62 - 1.6 * chance, 0.12, 0.9)
    half = rng.random((size, count)) < 0.11
    codes = np.where(half, np.where(excused, HE, HD), np.where(excused, AE, AU))
    tardy = rng.random((size, count)) < late
    codes = np.where(absent, codes, np.where(tardy, TD, 0))
    corrected = absent & (rng.random((size, count)) < 0.006)
    codes = np.where(corrected, PRESENT, codes)
    codes = np.where(out, OSS, codes)
    lag = rng.choice([1, 2, 3, 5], (size, count), p=[0.91, 0.05, 0.02, 0.02])
    slow = (rng.random((size, count)) < 0.02) | corrected
    lag = np.where(slow, rng.integers(6, 31, (size, count)), lag)
    for planted, known in given.items():
        codes[planted], lag[planted] = known, 1
    school = np.clip(place, 0, None)
    submitted = year.submitted[school, np.arange(count)[None, :]] & (place >= 0)
    codes = np.where(submitted, codes, 0)
    event_day, event_row = np.nonzero(codes.T)
    posted = year.days[event_day] + lag[event_row, event_day].astype("timedelta64[D]")
    return Exceptions(
        event_row, event_day, place[event_row, event_day].astype(int), codes[event_row, event_day], posted
    )


def submissions(rng: np.random.Generator, year: SchoolYear) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """School index, day index and posting day of every submission, in order of day and school."""
    day, school = np.nonzero(year.submitted.T)
    lag = rng.choice([1, 2, 4], len(day), p=[0.96, 0.03, 0.01])
    return school, day, year.days[day] + lag.astype("timedelta64[D]")
