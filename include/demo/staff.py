"""Who works where over the years: hires, leavers, moves between schools, promotions, vacancies."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from include.demo.hiring import (
    CHANCE_JOB_GROUP,
    CHANCE_RACE,
    SCREENING_PASS,
    UNFAIR_RACES,
    UNFAIR_SCREENING_PASS,
    Hired,
    Hiring,
    counts,
    fill,
)
from include.demo.layout import Layout
from include.demo.positions import KINDS, Positions, positions
from include.demo.vocabulary import FAMILY_NAMES, GIVEN_NAMES, STAFF_RACE_SHARE

# One in ten leaves a year, retirements included: 8 % of public school teachers left teaching and 8 % moved to another
# school, some of them in another district, after 2020-21 (NCES, Teacher Follow-up Survey 2021-22).
LEAVE_IN_SUMMER = 0.075
LEAVE_IN_YEAR = 0.012
# Massachusetts teachers may retire at 60 with ten years of service, or at any age after 30 (Massachusetts
# Teachers' Retirement System, RetirementPlus).
RETIRES = 0.25
# Who has not served three years has no professional status (M.G.L. c. 71 s. 41): of those whose positions close,
# so many are not offered another.
PROBATION, NOT_KEPT = 3, 0.4
RETIREMENT_AGE, RETIREMENT_SERVICE, LONG_SERVICE = 60, 10, 30
YOUNGEST, OLDEST_AT_HIRE = 23, 46
REASONS = ("resignation", "end_of_contract", "dismissal", "death", "other")
REASONS_IN_SUMMER = (0.84, 0.10, 0.02, 0.005, 0.035)
REASONS_IN_YEAR = (0.72, 0.02, 0.14, 0.04, 0.08)
SWAPPED_PAIRS = 0.012
UNFILLED_POSITIONS = 5
NEVER = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")


@dataclass
class Workforce:
    """Staff and their spells, one list entry each; person and position are indexes.

    born: calendar year. left: last day and reason of those who have left. moved: people who found another
    position when theirs closed.
    """

    places: Positions
    hiring: Hiring = field(default_factory=Hiring)
    race: list[int] = field(default_factory=list)
    states_race: list[bool] = field(default_factory=list)
    hired: list[np.datetime64] = field(default_factory=list)
    born: list[int] = field(default_factory=list)
    left: dict[int, tuple[np.datetime64, str]] = field(default_factory=dict)
    person: list[int] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    begins: list[np.datetime64] = field(default_factory=list)
    ends: list[np.datetime64] = field(default_factory=list)
    given: np.ndarray = field(default_factory=lambda: np.array([], dtype=object))
    family: np.ndarray = field(default_factory=lambda: np.array([], dtype=object))
    no_applicants: int = -1
    moved: list[int] = field(default_factory=list)

    def identifier(self) -> np.ndarray:
        """E10001 and so on, of each person."""
        return np.array([f"E{10_000 + number}" for number in range(1, len(self.race) + 1)], dtype=object)

    def hire(self, race: int, states_race: bool, on: np.datetime64, age: int) -> int:
        """Add a person of so many years; returns the index."""
        self.born.append(int(str(on)[:4]) - age)
        self.race.append(race)
        self.states_race.append(states_race)
        self.hired.append(on)
        return len(self.race) - 1

    def place(self, person: int, position: int, on: np.datetime64) -> None:
        """Begin a spell."""
        self.person.append(person)
        self.position.append(position)
        self.begins.append(on)
        self.ends.append(NEVER)


class _Simulation:
    def __init__(self, rng: np.random.Generator, places: Positions) -> None:
        self.rng = rng
        self.staff = Workforce(places)
        self.current = np.full(len(places), -1)
        self.kept_open: set[int] = set()
        self.open_requisition: dict[int, int] = {}
        self.chance_searches = 0
        central = [index for index, kind in enumerate(places.kind) if KINDS[kind].job_group == CHANCE_JOB_GROUP]
        self.first_of_central = central[0]

    def lead_positions(self) -> list[int]:
        """One position for each job to fill: of a pair only the first."""
        pair = self.staff.places.pair
        return [index for index in range(len(pair)) if pair[index] < 0 or pair[index] > index]

    def both(self, position: int) -> list[int]:
        pair = int(self.staff.places.pair[position])
        return [position] if pair < 0 else [position, pair]

    def put(self, person: int, position: int, on: np.datetime64) -> None:
        for place in self.both(position):
            self.current[place] = len(self.staff.person)
            self.staff.place(person, place, on)

    def vacate(self, position: int, on: np.datetime64) -> int:
        """End the spell in a position; returns the person."""
        person = self.staff.person[self.current[position]]
        for place in self.both(position):
            self.staff.ends[self.current[place]] = on
            self.current[place] = -1
        return person

    def leave(self, position: int, on: np.datetime64, reasons: tuple[float, ...]) -> None:
        """The person in a position leaves the district: retires where old enough, or for one of REASONS."""
        reason = "retirement" if self.may_retire(position, on) else str(self.rng.choice(REASONS, p=reasons))
        self.staff.left[self.vacate(position, on)] = (on, reason)

    def may_retire(self, position: int, on: np.datetime64) -> bool:
        """Whether the person in a position is of an age and a service to retire."""
        person = self.staff.person[self.current[position]]
        age, service = int(str(on)[:4]) - self.staff.born[person], self.service(position, on)
        return service >= LONG_SERVICE or (age >= RETIREMENT_AGE and service >= RETIREMENT_SERVICE)

    def service(self, position: int, on: np.datetime64) -> int:
        """Whole years of service of the person in a position."""
        return int((on - self.staff.hired[self.staff.person[self.current[position]]]) // (365 * DAY))

    def leaves_in_summer(self, position: int, on: np.datetime64) -> bool:
        """Whether the person in a position leaves at the end of the school year."""
        # An administrator leaves every summer, whatever the size: the searches of the stage that is unfair by chance.
        if self.job_group(position) == CHANCE_JOB_GROUP:
            return position == self.first_of_central
        return bool(self.rng.random() < (RETIRES if self.may_retire(position, on) else LEAVE_IN_SUMMER))

    def job_group(self, position: int) -> str:
        return KINDS[self.staff.places.kind[position]].job_group

    def staff_up(self, before: int) -> None:
        """Fill every position that exists on the first day of the history."""
        start = np.datetime64(f"{before}-07-01")
        here = [place for place in self.lead_positions() if self.staff.places.opened[place] <= start]
        races = self.rng.permutation(_quota(STAFF_RACE_SHARE, len(here))).tolist()
        for position, race in zip(here, races, strict=True):
            age = int(self.rng.integers(YOUNGEST, OLDEST_AT_HIRE))
            # Squaring draws most hires towards the recent years; 31 years of service are rare.
            years = int(self.rng.integers(0, 1600)) ** 2 // 80_000
            hired = np.datetime64(f"{before - years - 1}-08-24") + int(self.rng.integers(0, 8)) * DAY
            self.put(self.staff.hire(race, bool(self.rng.random() < 0.985), hired, age), position, hired)

    def advertise(
        self, position: int, posted: np.datetime64, earliest: np.datetime64, applicants: int | None = None
    ) -> None:
        """Advertise a position; an earlier search for it that found nobody is withdrawn."""
        hiring = self.staff.hiring
        if position in self.open_requisition:
            hiring.closed[self.open_requisition[position]] = posted
        self.open_requisition[position] = len(hiring.position)
        if applicants is None:
            applicants = int(self.rng.poisson(7)) + 1
        may_offer = position not in self.kept_open
        search = None
        if self.job_group(position) == CHANCE_JOB_GROUP:
            search, self.chance_searches = self.chance_searches, self.chance_searches + 1
        taken: Hired | None = fill(self.rng, hiring, position, posted, earliest, applicants, may_offer, search)
        if taken is not None:
            del self.open_requisition[position]
            age = int(self.rng.integers(YOUNGEST, OLDEST_AT_HIRE))
            self.put(self.staff.hire(taken.race, taken.states_race, taken.starts, age), position, taken.starts)

    def swap(self, on: np.datetime64) -> None:
        """Pairs of teachers of one kind change schools."""
        places = self.staff.places
        free = np.flatnonzero((self.current >= 0) & (places.pair < 0) & (places.kind == 0))
        count = max(1, round(SWAPPED_PAIRS * len(free)))
        chosen = self.rng.permutation(free).tolist()
        for first, second in zip(chosen[:count], chosen[count : 2 * count], strict=True):
            if places.school[first] == places.school[second]:
                continue
            one, other = self.vacate(first, on - DAY), self.vacate(second, on - DAY)
            self.put(other, first, on)
            self.put(one, second, on)

    def promote(self, leaders: list[int], on: np.datetime64) -> list[int]:
        """Fill the first of the leaders' openings with a teacher of the school; returns what is open then."""
        places = self.staff.places
        for opening in leaders:
            same = np.flatnonzero((self.current >= 0) & (places.kind == 0) & (places.school == places.school[opening]))
            if len(same):
                teacher = int(self.rng.choice(same))
                self.put(self.vacate(teacher, on - DAY), opening, on)
                return [place for place in leaders if place != opening] + [teacher]
        return leaders

    def move(self, displaced: list[int], openings: list[int], last: np.datetime64) -> list[int]:
        """Whoever's position closes takes an opening of the same kind, retires or is laid off; returns what is open."""
        free: dict[int, list[int]] = {}
        for opening in openings:
            free.setdefault(int(self.staff.places.kind[opening]), []).append(opening)
        for position in displaced:
            choices = free.get(int(self.staff.places.kind[position]))
            is_new = self.service(position, last) < PROBATION
            if choices and not (is_new and self.rng.random() < NOT_KEPT):
                person = self.vacate(position, last)
                self.staff.moved.append(person)
                self.put(person, choices.pop(0), last + DAY)
            elif self.may_retire(position, last):
                self.leave(position, last, REASONS_IN_SUMMER)
            else:
                self.staff.left[self.vacate(position, last)] = (last, "layoff")
        return [opening for opening in openings if self.current[opening] < 0]

    def summer(self, year: int) -> None:
        """The change from the school year ending in `year` to the next."""
        rng, places = self.rng, self.staff.places
        last, start = np.datetime64(f"{year}-06-30"), np.datetime64(f"{year}-08-25")
        openings, displaced = [], []
        for position in self.lead_positions():
            if position in self.kept_open or places.opened[position] > np.datetime64(f"{year}-07-01"):
                continue
            if self.current[position] < 0:
                if np.isnat(places.closed[position]) or places.closed[position] > last:
                    openings.append(position)
            elif places.closed[position] == last:
                displaced.append(position)
            elif self.leaves_in_summer(position, last):
                self.leave(position, last, REASONS_IN_SUMMER)
                openings.append(position)
        openings = self.move(displaced, openings, last)
        self.swap(start)
        leaders = [place for place in openings if KINDS[places.kind[place]].job_group == "school_leader"]
        others = [place for place in openings if place not in leaders]
        for position in others + self.promote(leaders, start):
            posted = np.datetime64(f"{year}-02-10") + int(rng.integers(0, 110)) * DAY
            self.advertise(position, posted, start)

    def term(self, year: int) -> None:
        """Leavers in the course of the school year ending in `year`."""
        for position in self.lead_positions():
            if self.job_group(position) == CHANCE_JOB_GROUP:
                continue
            if self.current[position] >= 0 and self.rng.random() < LEAVE_IN_YEAR:
                day = np.datetime64(f"{year - 1}-10-10") + int(self.rng.integers(0, 190)) * DAY
                if day <= self.staff.begins[self.current[position]]:
                    continue
                self.leave(position, day, REASONS_IN_YEAR)
                self.advertise(position, day + 5 * DAY, day + 20 * DAY)

    def leave_open(self, year: int) -> None:
        """Vacancies of the current year that nobody has filled; the first had no applicant at all."""
        places = self.staff.places
        single = np.flatnonzero((places.pair < 0) & (self.current >= 0) & (places.kind <= 3))
        settled = [index for index in single.tolist()
                   if self.staff.begins[self.current[index]] < np.datetime64(f"{year - 1}-07-01")
                   and np.isnat(places.closed[index])]  # fmt: skip
        for number, position in enumerate(self.rng.permutation(settled).tolist()[:UNFILLED_POSITIONS]):
            left = np.datetime64(f"{year - 1}-06-30")
            self.leave(position, left, REASONS_IN_SUMMER)
            posted = np.datetime64(f"{year - 1}-07-10") + int(self.rng.integers(0, 40)) * DAY
            self.kept_open.add(position)
            if number == 0:
                self.staff.no_applicants = len(self.staff.hiring.position)
            self.advertise(position, posted, left, 0 if number == 0 else None)


def _quota(share: tuple[float, ...], size: int) -> np.ndarray:
    """Indexes of `share`, each as often as its share of `size`, rounded so that they are `size` together."""
    cuts = (np.cumsum(share) / sum(share) * size).round().astype(int)
    return np.repeat(np.arange(len(share)), np.diff(cuts, prepend=0))


def build(rng: np.random.Generator, layout: Layout, pupils: np.ndarray, years: list[int]) -> Workforce:
    """Run the workforce from the first year of `years` into the hiring season after the last.

    pupils: [schools, years].
    """
    places = positions(layout, pupils, years[0])
    run = _Simulation(rng, places)
    run.staff_up(years[0] - 1)
    for year in years:
        run.summer(year - 1)
        run.term(year)
    run.leave_open(years[-1])
    run.summer(years[-1])
    size = len(run.staff.race)
    run.staff.given = rng.choice(np.array(GIVEN_NAMES, dtype=object), size)
    run.staff.family = rng.choice(np.array(FAMILY_NAMES, dtype=object), size)
    return run.staff


def truth(staff: Workforce, as_of: np.datetime64) -> dict[str, Any]:
    """The stage of hiring that is unfair, the one that only looks so, and what the schools' lives did to people.

    passed: by race, how many came to the stage and how many passed it.
    """
    groups = [KINDS[staff.places.kind[position]].job_group for position in staff.hiring.position]
    rest = [group != CHANCE_JOB_GROUP for group in groups]
    chance = [group == CHANCE_JOB_GROUP for group in groups]
    laid_off = [int(person) for person, (day, why) in staff.left.items() if why == "layoff" and day <= as_of]
    people = staff.identifier()
    return {
        "unfair_stage": {
            "stage": "screened",
            "job_groups": sorted(set(groups) - {CHANCE_JOB_GROUP}),
            "races": list(UNFAIR_RACES),
            "pass_share": UNFAIR_SCREENING_PASS,
            "pass_share_of_others": SCREENING_PASS,
            "passed": counts(staff.hiring, rest, "screened", "applied", as_of),
        },
        "chance_stage": {
            "stage": "interviewed",
            "job_group": CHANCE_JOB_GROUP,
            "race": CHANCE_RACE,
            "passed": counts(staff.hiring, chance, "interviewed", "screened", as_of),
        },
        "no_applicants_requisition": f"R{10_001 + staff.no_applicants}",
        "laid_off": [people[person] for person in sorted(laid_off)],
        "moved_when_their_position_closed": [people[person] for person in sorted(set(staff.moved))],
    }
