"""Who is recommended for extended learning time or asks for it, and what becomes of each request."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from include.demo.days import SchoolYear
from include.demo.population import YearRoll
from include.demo.programs import ENRICHMENT, INTERVENTION, PROGRAMMES, Programme, elt_term
from include.demo.trajectory import BLOCK_DAYS, YearState
from include.demo.vocabulary import FIRST_MARKED_GRADE

NEVER = np.datetime64("NaT", "D")
DAY = np.timedelta64(1, "D")
ORIGINS = ("screening", "family", "student")
DECISIONS = ("offered", "waitlisted", "declined_by_site", "ineligible")
OFFERED, WAITLISTED, DECLINED_BY_SITE, INELIGIBLE = range(len(DECISIONS))

# The screening of February: points from 0 to 100, higher with more need. The office enters those from a score on.
SCREENING = ("02-02", "02-13")
SCORE_MEAN, SCORE_POINTS, SCORE_NOISE, SCORE_OF_ABSENCE = 50.0, 13.0, 0.5, 6.0
ENTERED_FROM = 45.0
# At each site the cut is where its seats are full. So many points below it are put on the waitlist, which fills by lot
# the seats that families turn down.
WAITLIST_POINTS = 10.0
ACCEPTS = 0.88
# Planted: what a seat is worth at the interim assessment of the same spring, in points of its scale: 0.45 standard
# deviations, somewhat more than the mean of trials of tutoring (Nickow, Oreopoulos and Quan, 2020: 0.37).
SPRING_POINTS = 5.0

# Enrichment: so many ask for each seat, in five weeks of winter; who asks early is likelier to get one.
ASK_PER_SEAT = 2.4
WEEKS = 5
EACH_WEEK_LATER = 0.5
# Planted: the odds of an offer of English learners, against others who asked in the same week. Families of low income
# ask later too, and have the odds of all others.
UNFAIR_GROUP = "el"
UNFAIR_ODDS = 0.35
FAIR_GROUP = "low_income"
TURNED_AWAY = 0.3


@dataclass
class Requests:
    """One entry per request of one term: row of the roll, school index of the site, index into PROGRAMMES.

    score is not-a-number where nobody was screened. decision and decided are what the site said first; again is the
    day of an offer from the waitlist, answered that of the family's answer, each not-a-time without one.
    """

    row: np.ndarray
    school: np.ndarray
    program: np.ndarray
    origin: np.ndarray
    score: np.ndarray
    requested: np.ndarray
    decision: np.ndarray
    decided: np.ndarray
    again: np.ndarray
    accepts: np.ndarray
    answered: np.ndarray

    @property
    def offered(self) -> np.ndarray:
        """Bool [requests]: at once or from the waitlist."""
        return (self.decision == OFFERED) | ~np.isnat(self.again)

    @property
    def seated(self) -> np.ndarray:
        """Bool [requests]: offered and accepted."""
        return self.offered & self.accepts


@dataclass
class Term:
    """The requests of one term; cut: the lowest score offered a seat at once [schools], infinite without one.

    el, low_income: bool [requests], the groups of the student at the time.
    """

    year: int
    requests: Requests
    cut: np.ndarray
    el: np.ndarray
    low_income: np.ndarray

    def lift(self, students: int) -> np.ndarray:
        """Points that each student of the roll gains at the spring's interim assessment [students]."""
        gained = np.zeros(students)
        seated = self.requests.seated & (self.requests.program == PROGRAMMES.index(INTERVENTION))
        gained[self.requests.row[seated]] = SPRING_POINTS
        return gained


def _rank(group: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Place of each entry within its group, from 0 for the lowest value."""
    order = np.lexsort((value, group))
    _, start, size = np.unique(group[order], return_index=True, return_counts=True)
    rank = np.empty(len(group), int)
    rank[order] = np.arange(len(group)) - np.repeat(start, size)
    return rank


def _cuts(score: np.ndarray, school: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """The lowest score at each school from which on no more students are than it has seats [schools]."""
    cut = np.full(len(capacity), np.inf)
    for place in np.unique(school).tolist():
        own = np.sort(score[school == place])[::-1]
        seats = int(capacity[place])
        within = own if len(own) <= seats else own[own > own[seats]]
        cut[place] = within.min(initial=np.inf)
    return cut


def _workday(year: int, day: str, school: np.ndarray) -> np.ndarray:
    """The day of the year or the next weekday, two more at most: not all sites decide on one day."""
    return np.busday_offset(np.datetime64(f"{year}-{day}"), school % 3, roll="forward").astype("datetime64[D]")


def _intervention(
    rng: np.random.Generator, year: SchoolYear, state: YearState, place: np.ndarray, capacity: np.ndarray
) -> tuple[Requests, np.ndarray]:
    """Everyone whom the screening found, offered a seat from the cut of the school on, and the cuts."""
    everyone = np.arange(len(place))
    begins, ends = (np.datetime64(f"{year.year}-{day}") for day in SCREENING)
    day = rng.choice(np.flatnonzero((year.days >= begins) & (year.days <= ends)), len(place))
    block = day // BLOCK_DAYS
    need = SCORE_OF_ABSENCE * (state.absence[everyone, block] - 0.07) - state.performance[everyone, block]
    need += rng.normal(0, SCORE_NOISE, len(place))
    score = np.clip(SCORE_MEAN + SCORE_POINTS * need, 0, 100).round(1)
    row = np.flatnonzero((place[everyone, day] >= 0) & (score >= ENTERED_FROM))
    score, school, size = score[row], place[row, day[row]].astype(int), len(row)
    cut = _cuts(score, school, capacity)
    gap = (score - cut[school]).round(1)
    decision = np.select([gap >= 0, gap >= -WAITLIST_POINTS], [OFFERED, WAITLISTED], INELIGIBLE)
    accepts = rng.random(size) < ACCEPTS
    taken = np.bincount(school[(decision == OFFERED) & accepts], minlength=len(capacity))
    lot = np.where(decision == WAITLISTED, rng.random(size), 2.0)
    drawn = (decision == WAITLISTED) & (_rank(school, lot) < (capacity - taken)[school])
    decided = _workday(year.year, "03-03", school)
    again = np.where(drawn, _workday(year.year, "03-12", school * 0), NEVER)
    told = np.where(drawn, again, np.where(decision == OFFERED, decided, NEVER))
    return Requests(
        row, school, np.full(size, PROGRAMMES.index(INTERVENTION)), np.full(size, ORIGINS.index("screening")), score,
        year.days[day[row]], decision, decided, again, accepts, told + rng.integers(1, 4, size) * DAY,
    ), cut  # fmt: skip


def _enrichment(
    rng: np.random.Generator,
    year: SchoolYear,
    roll: YearRoll,
    state: YearState,
    place: np.ndarray,
    capacity: np.ndarray,
    el: np.ndarray,
    low_income: np.ndarray,
) -> Requests:
    """Everyone who asked; a lottery fills the seats, weighted by the week of the request and, wrongly, by `el`."""
    everyone = np.arange(len(place))
    asks = ASK_PER_SEAT * ENRICHMENT.seat_share * np.exp(0.2 * state.ability) * np.where(low_income, 0.95, 1.1)
    week = rng.binomial(WEEKS - 1, 0.30 + 0.15 * low_income + 0.10 * el)
    monday = np.busday_offset(f"{year.year}-01-05", 0, roll="forward", weekmask="Mon").astype("datetime64[D]")
    requested = monday + (7 * week + rng.integers(0, 5, len(place))) * DAY
    day = np.clip(np.searchsorted(year.days, requested), 0, len(year.days) - 1)
    row = np.flatnonzero((rng.random(len(place)) < asks) & (place[everyone, day] >= 0))
    school, size = place[row, day[row]].astype(int), len(row)
    chance = rng.random(size)
    # With logistic noise, whoever stands above a bar does so with the odds that the sum says.
    luck = np.log(chance / (1 - chance)) - EACH_WEEK_LATER * week[row] + np.log(UNFAIR_ODDS) * el[row]
    offered = _rank(school, -luck) < capacity[school]
    refused = np.where(rng.random(size) < TURNED_AWAY, DECLINED_BY_SITE, WAITLISTED)
    decision = np.where(offered, OFFERED, refused)
    decided = _workday(year.year, "02-19", school)
    by_student = (roll.grade[row] >= FIRST_MARKED_GRADE) & (rng.random(size) < 0.4)
    return Requests(
        row, school, np.full(size, PROGRAMMES.index(ENRICHMENT)),
        np.where(by_student, ORIGINS.index("student"), ORIGINS.index("family")), np.full(size, np.nan),
        requested[row], decision, decided, np.full(size, NEVER), rng.random(size) < ACCEPTS,
        np.where(offered, decided + rng.integers(1, 4, size) * DAY, NEVER),
    )  # fmt: skip


def draw(
    rng: np.random.Generator,
    year: SchoolYear,
    roll: YearRoll,
    state: YearState,
    place: np.ndarray,
    pupils: np.ndarray,
    groups: tuple[np.ndarray, np.ndarray],
) -> Term:
    """Draw the requests of the term of one school year, those of the screening first.

    place: school index [students, days]. pupils: [schools]. groups: bool [students] each, English learners and
    low income.
    """
    found, cut = _intervention(rng, year, state, place, INTERVENTION.capacity(pupils))
    asked = _enrichment(rng, year, roll, state, place, ENRICHMENT.capacity(pupils), *groups)
    names = Requests.__dataclass_fields__
    both = Requests(**{name: np.concatenate([getattr(found, name), getattr(asked, name)]) for name in names})
    return Term(year.year, both, cut, *(group[both.row] for group in groups))


def truth(terms: list[Term], ids: np.ndarray) -> dict[str, Any]:
    """What truth.json says about it; ids: of the schools."""
    return {
        "elt_effect": {
            "program": INTERVENTION.name,
            "outcome": "MAPLE, spring of the same term, scale score of either subject",
            "points_per_seat": SPRING_POINTS,
            "terms": {elt_term(term.year): _at_the_cut(term, ids) for term in terms},
            "why": "Who took a seat scores so many points more. Seats go to those in need, so that a plain comparison "
            "shows the opposite; at the cut of each site only the offer differs.",
        },
        "unfair_access": {
            "program": ENRICHMENT.name,
            "group": UNFAIR_GROUP,
            "odds_ratio": UNFAIR_ODDS,
            "at_equal": ["week of the request", "prior achievement"],
            "fair_group": FAIR_GROUP,
            "terms": {
                elt_term(term.year): {
                    UNFAIR_GROUP: _offers(term, ENRICHMENT, term.el),
                    FAIR_GROUP: _offers(term, ENRICHMENT, term.low_income),
                    "all_students": _offers(term, ENRICHMENT, np.ones(len(term.el), bool)),
                }
                for term in terms
            },
            "why": "The lottery gives these students such odds of a seat, against others who asked in the same week. "
            "Prior achievement plays no part in it. The fair group asks later, and has the odds of all others.",
        },
    }  # fmt: skip


def _offers(term: Term, programme: Programme, group: np.ndarray) -> dict[str, int]:
    here = group & (term.requests.program == PROGRAMMES.index(programme))
    return {"asked": int(here.sum()), "offered": int((here & term.requests.offered).sum())}


def _at_the_cut(term: Term, ids: np.ndarray) -> dict[str, Any]:
    """The cut of each site; who took a seat within the waitlist's width of it, and what the offer was worth."""
    asked = term.requests
    here = asked.program == PROGRAMMES.index(INTERVENTION)
    gap = np.where(here, asked.score - term.cut[asked.school], np.nan)
    above, below = (here & side for side in ((gap >= 0) & (gap < WAITLIST_POINTS), asked.decision == WAITLISTED))
    shares = [float(asked.seated[side].mean()) if side.any() else 0.0 for side in (above, below)]
    return {
        "cut": {str(ids[school]): float(term.cut[school]) for school in np.flatnonzero(np.isfinite(term.cut)).tolist()},
        "seated_share_above": round(shares[0], 4),
        "seated_share_below": round(shares[1], 4),
        "intention_to_treat_points": round(SPRING_POINTS * (shares[0] - shares[1]), 3),
    }
