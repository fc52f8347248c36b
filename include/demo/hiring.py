"""How an opening is filled: the requisition, its applicants and the stages they reach."""

from dataclasses import dataclass, field

import numpy as np

from include.demo.vocabulary import APPLICANT_RACE_SHARE, RACES

SCREENING_PASS = 0.62
# Planted: the screening passes fewer Black and Hispanic applicants. The later stages do not differ.
UNFAIR_RACES = ("black", "hispanic")
UNFAIR_SCREENING_PASS = 0.40
# The smaller groups pass in turn, so many in a hundred: by luck, one of a dozen people could otherwise be the group
# with the highest rate, which all others are compared with.
IN_TURN_PASS = 58
INTERVIEW_PASS = 0.68
# Planted: the job group whose interviews look unfair to one group by chance alone. Its applicants are white but
# for this many of the group in each of its first searches, all of whom pass the screening; so many are interviewed.
# Three of six against four of five: a ratio of 0.63, and at most 3 of 6 has a probability of 0.10 at equal chances.
CHANCE_JOB_GROUP = "district_leader"
CHANCE_RACE = "asian"
CHANCE_APPLICANTS = (3, 3)
CHANCE_INTERVIEWED = (1, 2)
CHANCE_OTHERS = 5
CHANCE_OTHERS_INTERVIEWED = 4
OFFER_ACCEPTED = 0.82
NEVER = np.datetime64("NaT", "D")


@dataclass
class Hiring:
    """Requisitions and applications, one list entry each, in the order in which they were made.

    in_turn: by race, how many of those who pass the screening in turn have applied.
    """

    position: list[int] = field(default_factory=list)
    posted: list[np.datetime64] = field(default_factory=list)
    closed: list[np.datetime64] = field(default_factory=list)
    requisition: list[int] = field(default_factory=list)
    race: list[int] = field(default_factory=list)
    states_race: list[bool] = field(default_factory=list)
    applied: list[np.datetime64] = field(default_factory=list)
    screened: list[np.datetime64] = field(default_factory=list)
    interviewed: list[np.datetime64] = field(default_factory=list)
    offered: list[np.datetime64] = field(default_factory=list)
    accepted: list[np.datetime64] = field(default_factory=list)
    started: list[np.datetime64] = field(default_factory=list)
    in_turn: list[int] = field(default_factory=lambda: [0] * len(RACES))


@dataclass(frozen=True)
class Hired:
    """The person an opening was filled with, and the first day of work."""

    race: int
    states_race: bool
    starts: np.datetime64


def _drawn(
    rng: np.random.Generator, hiring: Hiring, applicants: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Race, whether it is stated, and who passes the screening and the interviews, of so many applicants."""
    race = rng.choice(len(RACES), applicants, p=APPLICANT_RACE_SHARE)
    unfair = np.isin(race, [RACES.index(name) for name in UNFAIR_RACES])
    passes = rng.random(applicants) < np.where(unfair, UNFAIR_SCREENING_PASS, SCREENING_PASS)
    in_turn = ~unfair & (race != RACES.index("white"))
    for applicant in np.flatnonzero(in_turn).tolist():
        before = hiring.in_turn[race[applicant]]
        hiring.in_turn[race[applicant]] += 1
        passes[applicant] = (before + 1) * IN_TURN_PASS // 100 > before * IN_TURN_PASS // 100
    states = (rng.random(applicants) < 0.97) | in_turn
    return race, states, passes, passes & (rng.random(applicants) < INTERVIEW_PASS)


def _by_chance(search: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same of the `search`-th search, from 0, of the job group that only looks unfair."""
    few = CHANCE_APPLICANTS[search] if search < len(CHANCE_APPLICANTS) else 0
    seen = CHANCE_INTERVIEWED[search] if few else 0
    race = np.repeat([RACES.index("white"), RACES.index(CHANCE_RACE)], [CHANCE_OTHERS, few])
    interviewed = np.zeros(len(race), bool)
    interviewed[:CHANCE_OTHERS_INTERVIEWED] = True
    interviewed[CHANCE_OTHERS : CHANCE_OTHERS + seen] = True
    everybody = np.ones(len(race), bool)
    return race, everybody, everybody, interviewed


def fill(
    rng: np.random.Generator,
    hiring: Hiring,
    position: int,
    posted: np.datetime64,
    earliest: np.datetime64,
    applicants: int,
    may_offer: bool = True,
    chance_search: int | None = None,
) -> Hired | None:
    """Advertise a position and see who takes it; None where nobody does and it stays open.

    earliest: the first day on which the person could start. may_offer: False where the search ends
    without an offer. chance_search: number, from 0, of the search in the job group of CHANCE_JOB_GROUP;
    its applicants are given, not drawn.
    """
    requisition = len(hiring.position)
    hiring.position.append(position)
    hiring.posted.append(posted)
    hiring.closed.append(NEVER)
    if applicants == 0:
        return None
    days = np.timedelta64(1, "D")
    drawn = _drawn(rng, hiring, applicants) if chance_search is None else _by_chance(chance_search)
    race, states, passes, seen = drawn
    applicants = len(race)
    applied = posted + rng.integers(1, 32, applicants) * days
    screened = np.where(passes, applied + rng.integers(3, 15, applicants) * days, NEVER)
    interviewed = np.where(seen, screened + rng.integers(5, 19, applicants) * days, NEVER)
    offered, accepted = np.full(applicants, NEVER), np.full(applicants, NEVER)
    started = np.full(applicants, NEVER)
    taken: Hired | None = None
    if may_offer and seen.any():
        # Offers go out one after another, once everybody has been interviewed.
        offer = interviewed[seen].max() + int(rng.integers(2, 12)) * days
        for person in rng.permutation(np.flatnonzero(seen)).tolist()[:3]:
            offered[person] = offer
            answer = offer + int(rng.integers(1, 7)) * days
            if rng.random() < OFFER_ACCEPTED:
                accepted[person] = answer
                started[person] = max(earliest, answer + 14 * days)
                hiring.closed[requisition] = answer
                taken = Hired(int(race[person]), bool(states[person]), started[person])
                break
            offer = answer + 2 * days
    hiring.requisition += [requisition] * applicants
    hiring.race += race.tolist()
    hiring.states_race += states.tolist()
    for name, values in (
        ("applied", applied), ("screened", screened), ("interviewed", interviewed), ("offered", offered),
        ("accepted", accepted), ("started", started),
    ):  # fmt: skip
        getattr(hiring, name).extend(values)
    return taken


def counts(hiring: Hiring, chosen: list[bool], stage: str, before: str, as_of: np.datetime64) -> dict[str, list[int]]:
    """By race that was stated: how many had reached the stage before by the day, and how many of them this one.

    chosen: by requisition, whether it counts.
    """
    here = np.array(chosen)[np.array(hiring.requisition)] & np.array(hiring.states_race)
    came = here & (np.array(getattr(hiring, before)) <= as_of)
    passed = came & (np.array(getattr(hiring, stage)) <= as_of)
    race = np.array(hiring.race)
    return {
        name: [int((came & (race == index)).sum()), int((passed & (race == index)).sum())]
        for index, name in enumerate(RACES)
        if name != "unknown" and (came & (race == index)).any()
    }
