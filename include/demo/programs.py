"""Programme spells of the students, and the sites of extended learning time."""

from dataclasses import dataclass

import numpy as np

from include.demo.days import SchoolYear
from include.demo.layout import Layout
from include.demo.population import Students, YearRoll

EL_LEVELS = ("1", "2", "3", "4", "5")
SWD_LEVELS = ("full inclusion", "partial inclusion", "substantially separate")
RECLASSIFIED = 0.18
SMALLEST_SITE = 6


@dataclass(frozen=True)
class Programme:
    """One ELT programme. seat_share: seats per pupil of the school; weekdays: of its sessions, 0 for Monday."""

    name: str
    stream: str
    seat_share: float
    weekdays: tuple[int, ...]
    minutes: int

    def capacity(self, pupils: np.ndarray) -> np.ndarray:
        """Seats at each school: whole numbers [schools]."""
        return np.maximum(SMALLEST_SITE, np.round(self.seat_share * pupils)).astype(int)


# Together the sites can take about a third more students than the seats that the district pays for.
INTERVENTION = Programme("after_school", "intervention", 0.105, (1, 3), 90)
ENRICHMENT = Programme("arts_studio", "enrichment", 0.05, (2,), 75)
PROGRAMMES = (INTERVENTION, ENRICHMENT)


def elt_term(year: int) -> str:
    """Name of the ELT term of a school year, as 2026-spring."""
    return f"{year}-spring"


def elt_term_days(year: int) -> tuple[np.datetime64, np.datetime64]:
    """First and last day on which the term of a school year may have sessions."""
    return np.datetime64(f"{year}-03-16"), np.datetime64(f"{year}-06-05")


@dataclass
class Participation:
    """One entry per spell; `end` is not-a-time while it lasts."""

    student: np.ndarray
    program: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    level: np.ndarray
    posted: np.ndarray

    def covers(self, program: str, day: np.datetime64, size: int) -> np.ndarray:
        """Bool [students], of whom there are `size`: whether a spell in the programme covers the day."""
        here = (self.program == program) & (self.begin <= day) & (np.isnat(self.end) | (self.end >= day))
        return np.bincount(self.student[here], minlength=size) > 0


def participation(
    rng: np.random.Generator, people: Students, years: list[SchoolYear], rolls: list[YearRoll]
) -> Participation:
    """Draw the spells. Students who were there at the start of the first year may have begun before it."""
    size = len(people)
    first = np.array([year.first for year in years])[people.first_year]
    settled = (people.first_year == 0) & (people.first_grade > 0)
    earlier = np.where(settled, rng.integers(0, 365 * 3, size), 0).astype("timedelta64[D]")
    left = np.full(size, np.datetime64("NaT", "D"))
    for year, roll in zip(years, rolls, strict=True):
        left[roll.student] = year.days[roll.exit_]
    stays = np.zeros(size, bool)
    stays[rolls[-1].student[rolls[-1].exit_ == len(years[-1].days) - 1]] = True
    over = np.where(stays, np.datetime64("NaT", "D"), left)
    parts = []

    def add(who: np.ndarray, name: str, begin: np.ndarray, end: np.ndarray, level: np.ndarray) -> None:
        chosen = np.flatnonzero(who)
        posted = begin[chosen] + rng.integers(1, 6, len(chosen)).astype("timedelta64[D]")
        parts.append((chosen, np.full(len(chosen), name), begin[chosen], end[chosen], level[chosen], posted))

    blank = np.full(size, "", dtype=object)
    spell = rng.integers(200, 900, size).astype("timedelta64[D]")
    reclassified = people.is_el & (rng.random(size) < RECLASSIFIED)
    el_end = np.where(reclassified & ~(first + spell > left), first + spell, over)
    el_level = rng.choice(np.array(EL_LEVELS, dtype=object), size, p=[0.18, 0.22, 0.27, 0.21, 0.12])
    add(people.is_el, "el", first - earlier, el_end, el_level)
    swd_level = rng.choice(np.array(SWD_LEVELS, dtype=object), size, p=[0.62, 0.23, 0.15])
    found = np.where(settled, np.timedelta64(0, "D"), rng.integers(0, 150, size).astype("timedelta64[D]"))
    swd_begin = first - earlier + np.where(left - first > found, found, np.timedelta64(0, "D"))
    add(people.is_swd, "swd", swd_begin, over, swd_level)
    add(people.is_low_income, "low_income", first - earlier, over, blank)
    add(people.is_gifted, "gifted", first - earlier, over, blank)
    add(people.is_foster, "foster", first, over, blank)
    # Homelessness is told by year: each spell ends with the school year at the latest.
    for year, roll in zip(years, rolls, strict=True):
        here = np.zeros(size, bool)
        here[roll.student] = True
        here &= people.is_homeless & (rng.random(size) < 0.7)
        entered, exited = np.zeros(size, int), np.zeros(size, int)
        entered[roll.student], exited[roll.student] = roll.entry, roll.exit_
        begin = np.minimum(entered + rng.integers(0, 60, size), exited)
        add(here, "homeless", year.days[begin], year.days[exited], blank)
    columns = [np.concatenate(values) for values in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Participation(*(column[order] for column in columns))


@dataclass
class Sites:
    """One entry per school, term and programme."""

    school: list[str]
    term: list[str]
    program: list[str]
    stream: list[str]
    capacity: list[int]
    starts: list[np.datetime64]
    ends: list[np.datetime64]


def sites(layout: Layout, years: list[SchoolYear], rolls: list[YearRoll]) -> Sites:
    """Seats of every programme at every open school each spring."""
    out = Sites([], [], [], [], [], [], [])
    for index, (year, roll) in enumerate(zip(years, rolls, strict=True)):
        pupils = np.bincount(roll.school, minlength=len(layout))
        starts, ends = elt_term_days(year.year)
        for programme in PROGRAMMES:
            capacity = programme.capacity(pupils)
            for school in np.flatnonzero(layout.is_open[:, index]).tolist():
                out.school.append(layout.ids[school])
                out.term.append(elt_term(year.year))
                out.program.append(programme.name)
                out.stream.append(programme.stream)
                out.capacity.append(int(capacity[school]))
                out.starts.append(starts)
                out.ends.append(ends)
    return out
