"""Who works where over the years: hires, leavers, moves between schools, promotions, vacancies."""

from dataclasses import dataclass, field

import numpy as np

from include.demo.hiring import Hired, Hiring, fill
from include.demo.positions import KINDS, Positions, positions
from include.demo.vocabulary import FAMILY_NAMES, GIVEN_NAMES, RACES, STAFF_RACE_SHARE

LEAVE_IN_SUMMER = 0.105
LEAVE_IN_YEAR = 0.012
SWAPPED_PAIRS = 0.012
UNFILLED_POSITIONS = 5
NEVER = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")


@dataclass
class Workforce:
    """Staff and their spells, one list entry each; person and position are indexes."""

    places: Positions
    hiring: Hiring = field(default_factory=Hiring)
    race: list[int] = field(default_factory=list)
    states_race: list[bool] = field(default_factory=list)
    hired: list[np.datetime64] = field(default_factory=list)
    person: list[int] = field(default_factory=list)
    position: list[int] = field(default_factory=list)
    begins: list[np.datetime64] = field(default_factory=list)
    ends: list[np.datetime64] = field(default_factory=list)
    given: np.ndarray = field(default_factory=lambda: np.array([], dtype=object))
    family: np.ndarray = field(default_factory=lambda: np.array([], dtype=object))
    no_applicants: int = -1

    def hire(self, race: int, states_race: bool, on: np.datetime64) -> int:
        """Add a person; returns the index."""
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

    def staff_up(self, before: int) -> None:
        """Fill every position that exists on the first day of the history."""
        start = np.datetime64(f"{before}-07-01")
        for position in self.lead_positions():
            if self.staff.places.opened[position] > start:
                continue
            # Long service is common: squaring draws most hires towards the recent years.
            years = (1 - self.rng.random() ** 2) * (before - 2006)
            hired = np.datetime64(f"{before - int(years) - 1}-08-24") + int(self.rng.integers(0, 8)) * DAY
            race = int(self.rng.choice(len(RACES), p=STAFF_RACE_SHARE))
            self.put(self.staff.hire(race, bool(self.rng.random() < 0.985), hired), position, hired)

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
        taken: Hired | None = fill(self.rng, hiring, position, posted, earliest, applicants, may_offer)
        if taken is not None:
            del self.open_requisition[position]
            self.put(self.staff.hire(taken.race, taken.states_race, taken.starts), position, taken.starts)

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

    def summer(self, year: int) -> None:
        """The change from the school year ending in `year` to the next."""
        rng, places = self.rng, self.staff.places
        last, start = np.datetime64(f"{year}-06-30"), np.datetime64(f"{year}-08-25")
        openings = []
        for position in self.lead_positions():
            if position in self.kept_open or places.opened[position] > np.datetime64(f"{year}-07-01"):
                continue
            if self.current[position] < 0:
                if not np.isnat(places.closed[position]) and places.closed[position] <= last:
                    continue
                openings.append(position)
            elif places.closed[position] == last:
                self.vacate(position, last)
            elif rng.random() < LEAVE_IN_SUMMER:
                self.vacate(position, last)
                openings.append(position)
        self.swap(start)
        leaders = [place for place in openings if KINDS[places.kind[place]].job_group == "school_leader"]
        others = [place for place in openings if place not in leaders]
        for position in others + self.promote(leaders, start):
            posted = np.datetime64(f"{year}-02-10") + int(rng.integers(0, 110)) * DAY
            self.advertise(position, posted, start)

    def term(self, year: int) -> None:
        """Leavers in the course of the school year ending in `year`."""
        for position in self.lead_positions():
            if self.current[position] >= 0 and self.rng.random() < LEAVE_IN_YEAR:
                day = np.datetime64(f"{year - 1}-10-10") + int(self.rng.integers(0, 190)) * DAY
                if day <= self.staff.begins[self.current[position]]:
                    continue
                self.vacate(position, day)
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
            self.vacate(position, left)
            posted = np.datetime64(f"{year - 1}-07-10") + int(self.rng.integers(0, 40)) * DAY
            self.kept_open.add(position)
            if number == 0:
                self.staff.no_applicants = len(self.staff.hiring.position)
            self.advertise(position, posted, left, 0 if number == 0 else None)


def build(rng: np.random.Generator, pupils: np.ndarray, years: list[int]) -> Workforce:
    """Run the workforce from the first year of `years` into the hiring season after the last."""
    places = positions(rng, pupils, years[0], years[-1])
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
