"""How an opening is filled: the requisition, its applicants and the stages they reach."""

from dataclasses import dataclass, field

import numpy as np

from include.demo.vocabulary import APPLICANT_RACE_SHARE, RACES

SCREENING_PASS = 0.62
# Planted: the screening passes fewer Black and Hispanic applicants. The later stages do not differ.
UNFAIR_RACES = ("black", "hispanic")
UNFAIR_SCREENING_PASS = 0.40
INTERVIEW_PASS = 0.68
OFFER_ACCEPTED = 0.82
NEVER = np.datetime64("NaT", "D")


@dataclass
class Hiring:
    """Requisitions and applications, one list entry each, in the order in which they were made."""

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


@dataclass(frozen=True)
class Hired:
    """The person an opening was filled with, and the first day of work."""

    race: int
    states_race: bool
    starts: np.datetime64


def fill(
    rng: np.random.Generator,
    hiring: Hiring,
    position: int,
    posted: np.datetime64,
    earliest: np.datetime64,
    applicants: int,
    may_offer: bool = True,
) -> Hired | None:
    """Advertise a position and see who takes it; None where nobody does and it stays open.

    earliest: the first day on which the person could start. may_offer: False where the search ends
    without an offer.
    """
    requisition = len(hiring.position)
    hiring.position.append(position)
    hiring.posted.append(posted)
    hiring.closed.append(NEVER)
    if applicants == 0:
        return None
    days = np.timedelta64(1, "D")
    race = rng.choice(len(RACES), applicants, p=APPLICANT_RACE_SHARE)
    unfair = np.isin(race, [RACES.index(name) for name in UNFAIR_RACES])
    states = rng.random(applicants) < 0.97
    applied = posted + rng.integers(1, 32, applicants) * days
    passes = rng.random(applicants) < np.where(unfair, UNFAIR_SCREENING_PASS, SCREENING_PASS)
    screened = np.where(passes, applied + rng.integers(3, 15, applicants) * days, NEVER)
    seen = passes & (rng.random(applicants) < INTERVIEW_PASS)
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
