"""Which schools, zones and networks a generated district of a given size has, year by year."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from include.demo.vocabulary import SIS_GRADES

STUDENTS_PER_ZONE = 850
ZONES_PER_MIDDLE = 2.15
STUDENTS_PER_HIGH = 3600
ZONES_PER_K8 = 8.5
SCHOOLS_PER_NETWORK = 7
# A small zone has about half the children of an ordinary one.
SMALL_ZONE = 0.5
DAILY_LEVEL = "k8"
FOUNDED = "1998-07-01"
CENTRAL_OFFICE = "0900"

# Index of the school year, from 0 for the first, in which each change of the district happens.
CLOSED_AFTER = 1
OPENED_FROM = 2
GREW_FROM = 1
# A school changes its network at the latest when a network gets its autonomies, so that these never were its own.
MOVED_FROM = 2

TREES = (
    "Alder", "Birch Hill", "Cedar Street", "Dogwood", "Elm Park", "Fir Grove", "Ginkgo", "Hawthorn", "Ironwood",
    "Juniper", "Katsura", "Larch", "Maple Hill", "Nutmeg", "Oakridge", "Pine Street", "Quince", "Redbud",
    "Sycamore", "Tamarack", "Umbrella Pine", "Viburnum", "Willow Bend", "Yew", "Zelkova",
)  # fmt: skip
PLACES = ("", "North ", "South ", "East ", "West ", "Upper ", "Lower ", "New ", "Old ")
NETWORK_NAMES = ("North", "South", "East", "West", "Harbor", "Valley", "Central", "Ridge", "Canal", "Prairie")
AUTONOMIES = ("staffing", "budget", "curriculum", "calendar", "schedule")
# Share of low-income students in the best-off and in the poorest zone; 75.1 % on the whole (Massachusetts, district
# profile of Lowell, selected populations, 2013-14).
LOW_INCOME = (0.58, 0.92)
# The second network sets its own calendar and schedule from the middle of the history on.
AUTONOMOUS_NETWORK = 1
# The schools of DAILY_LEVEL record every pupil's day in so many of the latest years, all others exceptions only.
DAILY_YEARS = 2


@dataclass(frozen=True)
class School:
    """One school. Grades are whole numbers, 0 for kindergarten.

    opened, closed: index of the first and of the last school year in which it teaches; opened -1: before the
    history, closed None: it is open. grew: index of the year from which it teaches its highest grade, -1: always.
    network is the one it is in today, earlier_network the one before; moved: index of its first year in today's, -1:
    it always was in it.
    """

    school_id: str
    name: str
    level: str
    network: str
    lowest: int
    highest: int
    opened: int = -1
    closed: int | None = None
    grew: int = -1
    earlier_network: str = ""
    moved: int = -1

    def network_in(self, year: int) -> str:
        """The network of the school in the school year with this index."""
        return self.earlier_network if year < self.moved else self.network

    def offers(self, grade: int, year: int) -> bool:
        """Whether the school teaches the grade in the school year with this index."""
        is_open = self.opened <= year and (self.closed is None or year <= self.closed)
        highest = self.highest - (1 if year < self.grew else 0)
        return is_open and self.lowest <= grade <= highest


@dataclass(frozen=True)
class Zone:
    """An attendance zone: its weight among the zones and the index of its schools in each year."""

    weight: float
    low_income: float
    early: tuple[int, ...]
    middle: tuple[int, ...]
    grade_8: tuple[int, ...]


@dataclass(frozen=True)
class Autonomy:
    """What a network lets its schools decide; since: index of the school year, -1 for as long as it exists."""

    network: str
    autonomy: str
    since: int


@dataclass(frozen=True)
class Layout:
    """The district's places over `years` school years."""

    years: int
    schools: tuple[School, ...]
    zones: tuple[Zone, ...]
    networks: dict[str, str]
    high: tuple[int, ...]
    autonomies: tuple[Autonomy, ...]

    def __len__(self) -> int:
        return len(self.schools)

    @cached_property
    def ids(self) -> np.ndarray:
        """School identifiers [schools]."""
        return np.array([school.school_id for school in self.schools], dtype=object)

    @cached_property
    def offices(self) -> np.ndarray:
        """Identifiers of the schools and then of the central office [schools + 1]."""
        return np.array([*self.ids, CENTRAL_OFFICE], dtype=object)

    @cached_property
    def levels(self) -> np.ndarray:
        """Level of each school [schools]."""
        return np.array([school.level for school in self.schools], dtype=object)

    @cached_property
    def is_open(self) -> np.ndarray:
        """Bool [schools, years]."""
        return np.array([
            [school.opened <= year and (school.closed is None or year <= school.closed) for year in range(self.years)]
            for school in self.schools
        ])  # fmt: skip

    def autonomous(self, autonomy: str, year: int) -> np.ndarray:
        """Bool [schools]: whether the school has the autonomy, with effect, in the school year with this index."""
        having = {item.network for item in self.autonomies if item.autonomy == autonomy and 0 <= item.since <= year}
        return np.array([school.network_in(year) in having for school in self.schools])

    def networks_with(self, autonomy: str) -> list[str]:
        """Networks that got the autonomy in the course of the history."""
        return [item.network for item in self.autonomies if item.autonomy == autonomy and item.since >= 0]

    def daily(self, year: int) -> np.ndarray:
        """Bool [schools]: whether the school records every pupil's day in the school year with this index."""
        return (self.levels == DAILY_LEVEL) & (year >= self.years - DAILY_YEARS)

    def offered(self, year: int) -> np.ndarray:
        """Bool [grades, schools] in the school year with this index."""
        return np.array([[school.offers(grade, year) for school in self.schools] for grade in range(13)])

    def school_of(self, zone: np.ndarray, grade: np.ndarray, high: np.ndarray, year: int) -> np.ndarray:
        """School index by student; `high` indexes `self.high` and is each student's own choice."""
        early = np.array([item.early[year] for item in self.zones])[zone]
        middle = np.array([item.middle[year] for item in self.zones])[zone]
        grade_8 = np.array([item.grade_8[year] for item in self.zones])[zone]
        upper = np.where(grade == 8, grade_8, middle)
        return np.where(grade <= 5, early, np.where(grade <= 8, upper, np.array(self.high)[high]))


def layout(students: int, years: int) -> Layout:
    """Lay out a district of about so many students over so many school years.

    14,500 students have 28 open schools, 3,000 have 8; one more closed in the history, and one opened.
    """
    zones = max(4, round(students / STUDENTS_PER_ZONE))
    k8s = max(1, round(zones / ZONES_PER_K8))
    elementaries = zones - k8s
    middles = max(2, round(elementaries / ZONES_PER_MIDDLE))
    highs = max(2, round(students / STUDENTS_PER_HIGH))
    count = zones + middles + highs
    names = NETWORK_NAMES[: min(len(NETWORK_NAMES), max(2, round(count / SCHOOLS_PER_NETWORK)))]
    networks = {f"NET-{name.upper()}": f"{name} Network" for name in names}
    codes = list(networks)

    def name_of(number: int) -> str:
        place, tree = divmod(number, len(TREES))
        return f"{PLACES[place]}{TREES[tree]}"

    schools: list[School] = []

    def add(
        base: int,
        kind: str,
        level: str,
        number: int,
        lowest: int,
        highest: int,
        *,
        opened: int = -1,
        closed: int | None = None,
        grew: int = -1,
    ) -> int:
        network = codes[number % len(codes)]
        title = f"{name_of(len(schools))} {kind}"
        schools.append(School(f"{base + number:04d}", title, level, network, lowest, highest, opened, closed, grew))
        # The first middle school came over from the network that was to get its own calendar later.
        if level == "middle" and number == 0:
            moved = min(MOVED_FROM, years // 2)
            schools[-1] = replace(schools[-1], earlier_network=codes[AUTONOMOUS_NETWORK], moved=moved)
        return len(schools) - 1

    opened = {"opened": OPENED_FROM} if years > OPENED_FROM else {}
    early = [
        add(101, "Elementary", "elementary", number, 0, 5, **(opened if number == elementaries - 1 else {}))
        for number in range(elementaries)
    ]
    grew = {"grew": GREW_FROM} if years > GREW_FROM else {}
    both = [add(401, "Community School", "k8", number, 0, 8, **(grew if number == 0 else {})) for number in range(k8s)]
    middle = [add(501, "Middle", "middle", number, 6, 8) for number in range(middles)]
    high = [add(701, "High" if number else "Lakeside High", "high", number, 9, 12) for number in range(highs)]

    areas = []
    poverty = np.linspace(*LOW_INCOME, zones).round(3).tolist()
    for number, school in enumerate([*early, *both]):
        is_new = bool(schools[school].opened >= 0)
        neighbour = early[number - 1] if is_new else school
        at_first = tuple(neighbour if year < schools[school].opened else school for year in range(years))
        own = school if school in both else middle[number % middles]
        last = middle[number % middles]
        grade_8 = tuple(last if year < schools[school].grew else own for year in range(years))
        # Poor and better-off zones alternate, so that every network has both.
        share = poverty[(number * 7) % zones] if zones % 7 else poverty[(number * 5) % zones]
        areas.append(Zone(SMALL_ZONE if is_new else 1.0, share, at_first, (own,) * years, grade_8))
    if years > CLOSED_AFTER + 1:
        gone = add(901, "Elementary", "elementary", 0, 0, 5, closed=CLOSED_AFTER)
        after = tuple(gone if year <= CLOSED_AFTER else early[0] for year in range(years))
        areas.append(Zone(SMALL_ZONE, poverty[-1], after, (middle[0],) * years, (middle[0],) * years))
    # Every network decides one thing by itself, without effect. One got the calendar and the schedule, with effect;
    # the first got its curriculum in the same year, without any.
    autonomies = [Autonomy(code, AUTONOMIES[number % 2], -1) for number, code in enumerate(codes)]
    autonomies += [Autonomy(codes[AUTONOMOUS_NETWORK], name, years // 2) for name in ("calendar", "schedule")]
    autonomies.append(Autonomy(codes[0], "curriculum", years // 2))
    return Layout(years, tuple(schools), tuple(areas), networks, tuple(high), tuple(autonomies))


def changes(layout: Layout, years: list[int]) -> dict[str, Any]:
    """What truth.json says about the lives of the schools; a history too short for a change says nothing of it.

    school_year: the last one of a closed school, the first one of the others.
    """
    told: dict[str, Any] = {}
    for school in layout.schools:
        if school.closed is not None:
            told["closed"] = {"school_id": school.school_id, "school_year": years[school.closed]}
        if school.opened >= 0:
            told["opened"] = {"school_id": school.school_id, "school_year": years[school.opened]}
        if school.grew >= 0:
            grade = SIS_GRADES[school.highest]
            told["grade_added"] = {"school_id": school.school_id, "school_year": years[school.grew], "grade": grade}
        if school.moved >= 0:
            told["network_changed"] = {
                "school_id": school.school_id,
                "school_year": years[school.moved],
                "from": school.earlier_network,
                "to": school.network,
            }
    return told
