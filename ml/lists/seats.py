"""Seats per school: a floor, then largest remainders over the sum of calibrated risk, capped by the site."""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


def tie_break(seed: str, *parts: object) -> str:
    """A hash that orders equals: recorded with the list, so that anyone can repeat the order."""
    return hashlib.sha256(":".join([seed, *map(str, parts)]).encode()).hexdigest()[:16]


def allocate(
    total: int,
    risk_sum: Mapping[str, float],
    limit: Mapping[str, int],
    floor: int,
    seed: str,
) -> dict[str, int]:
    """Share `total` seats over the schools of `limit`.

    risk_sum: calibrated risk added up per school. limit: the most seats a school can take, the smaller of
    its site's capacity and its cohort. The floor comes first; where there are too few seats for it, the
    highest floor that fits. What is left goes by largest remainder over risk_sum, and what a full school
    cannot take goes to the others. The result adds up to min(total, sum of limits), exactly.
    Raises ValueError for a negative total, limit or floor.
    """
    if total < 0 or floor < 0 or any(value < 0 for value in limit.values()):
        raise ValueError("Seats, floors and limits cannot be negative.")
    schools = sorted(limit)
    left = min(total, sum(limit.values()))
    while sum(min(floor, limit[school]) for school in schools) > left:
        floor -= 1
    seats = {school: min(floor, limit[school]) for school in schools}
    left -= sum(seats.values())
    while left > 0:
        open_ = [school for school in schools if seats[school] < limit[school]]
        weight = {school: Fraction(max(risk_sum.get(school, 0.0), 0.0)) for school in open_}
        whole = sum(weight.values())
        if whole == 0:
            weight, whole = dict.fromkeys(open_, Fraction(1)), Fraction(len(open_))
        quota = {school: left * weight[school] / whole for school in open_}
        given = {school: min(math.floor(quota[school]), limit[school] - seats[school]) for school in open_}
        is_full = [school for school in open_ if given[school] < math.floor(quota[school])]
        if not is_full:
            rest = left - sum(given.values())
            by_remainder = sorted(
                open_, key=lambda school: (math.floor(quota[school]) - quota[school], tie_break(seed, school))
            )
            for school in by_remainder:
                if rest and given[school] < limit[school] - seats[school]:
                    given[school] += 1
                    rest -= 1
        else:
            # Only the full schools are settled; the others share again what these could not take.
            given = {school: given[school] for school in is_full}
        for school, count in given.items():
            seats[school] += count
        left -= sum(given.values())
    return seats


@dataclass(frozen=True)
class SeatTable:
    """Seats by school, how many of them stay open for nominations, and the limits behind them."""

    seats: dict[str, int]
    nominations: dict[str, int]
    capacity: dict[str, int | None]
    cohort: dict[str, int]
    risk_sum: dict[str, float]

    @property
    def total(self) -> int:
        """All seats, those kept for nominations included."""
        return sum(self.seats.values())

    def ranked(self, school: str) -> int:
        """Seats of a school that the ranking fills."""
        return self.seats[school] - self.nominations[school]


def seat_table(
    cohort: Mapping[str, int],
    risk_sum: Mapping[str, float],
    capacity: Mapping[str, int] | None,
    total: int | None,
    share: float,
    floor: int,
    nomination_share: float,
    seed: str,
) -> SeatTable:
    """Seats of every school with a cohort.

    capacity: by school, from the sites of the term; None where the district names no site at all. A school
    without a site among others that have one gets no seat. total None: `share` of the cohort.
    """
    caps = {school: None if capacity is None else capacity.get(school, 0) for school in sorted(cohort)}
    limit = {school: size if caps[school] is None else min(size, caps[school] or 0) for school, size in cohort.items()}
    wanted = round(share * sum(cohort.values())) if total is None else total
    seats = allocate(wanted, risk_sum, limit, floor, seed)
    nominations = {school: math.floor(Fraction(str(nomination_share)) * count) for school, count in seats.items()}
    return SeatTable(
        seats,
        nominations,
        caps,
        dict(cohort),
        {school: float(risk_sum.get(school, 0.0)) for school in cohort},
    )
