"""Sessions of extended learning time, and who came to them."""

from dataclasses import dataclass

import numpy as np

from include.demo.attendance import Exceptions
from include.demo.days import SchoolYear
from include.demo.elt import Requests
from include.demo.programs import PROGRAMMES, elt_term_days
from include.demo.trajectory import YearState
from include.demo.vocabulary import ABSENT_FRACTION

CANCELLED = 0.03
# Who was at school comes to so many sessions, fewer where absence is a habit.
COMES, COMES_LESS, COMES_SPREAD = 0.94, 0.6, 0.06
LAGS, LAG_SHARE = (1, 2, 5), (0.93, 0.05, 0.02)


@dataclass
class Sessions:
    """One entry per session of one term: school index, index into PROGRAMMES, day index, posting day."""

    school: np.ndarray
    program: np.ndarray
    day: np.ndarray
    posted: np.ndarray


@dataclass
class Seats:
    """One entry per student and session: row of the roll, index of the session, whether the student came."""

    row: np.ndarray
    session: np.ndarray
    is_present: np.ndarray


def sessions(rng: np.random.Generator, year: SchoolYear) -> Sessions:
    """The sessions that the sites held: each programme on its weekdays, where the school teaches on the day."""
    weekday = (year.days.view("int64") - 4) % 7
    starts, ends = elt_term_days(year.year)
    in_term = (year.days >= starts) & (year.days <= ends) & ~np.isin(np.arange(len(year.days)), year.snow)
    parts = []
    for number, programme in enumerate(PROGRAMMES):
        held = year.open_ & in_term & np.isin(weekday, programme.weekdays) & (rng.random(year.open_.shape) >= CANCELLED)
        day, school = np.nonzero(held.T)
        parts.append((school, np.full(len(day), number), day))
    school, program, day = (np.concatenate(values) for values in zip(*parts, strict=True))
    lag = rng.choice(LAGS, len(day), p=LAG_SHARE).astype("timedelta64[D]")
    order = np.lexsort((program, school, day))
    return Sessions(school[order], program[order], day[order], (year.days[day] + lag)[order])


def seats(
    rng: np.random.Generator,
    year: SchoolYear,
    state: YearState,
    place: np.ndarray,
    absences: Exceptions,
    asked: Requests,
    held: Sessions,
) -> Seats:
    """Everyone with a seat at every session after the answer, as long as the student is at the school.

    Who was absent from school all day did not come.
    """
    size, count = place.shape
    taken = np.flatnonzero(asked.seated)
    # Sessions of a site, found by program and school for each seat.
    site = held.program * year.open_.shape[0] + held.school
    order = np.argsort(site, kind="stable")
    own = asked.program[taken] * year.open_.shape[0] + asked.school[taken]
    first, last = (np.searchsorted(site[order], own, side=side) for side in ("left", "right"))
    number = last - first
    seat = np.repeat(taken, number)
    within = np.arange(len(seat)) - np.repeat(np.cumsum(number) - number, number)
    session = order[np.repeat(first, number) + within]
    row, day = asked.row[seat], held.day[session]
    here = (place[row, day] == held.school[session]) & (year.days[day] > asked.answered[seat])
    seat, session, row, day = seat[here], session[here], row[here], day[here]
    habit = np.clip(COMES - COMES_LESS * state.absence.mean(axis=1) + rng.normal(0, COMES_SPREAD, size), 0.2, 1)
    whole = np.array(ABSENT_FRACTION)[absences.code] == 1
    absent = np.isin(row * count + day, absences.row[whole] * count + absences.day[whole])
    is_present = ~absent & (rng.random(len(row)) < habit[row])
    by_session = np.lexsort((row, session))
    return Seats(row[by_session], session[by_session], is_present[by_session])
