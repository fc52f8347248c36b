"""Leaves of absence of staff."""

from dataclasses import dataclass

import numpy as np

from include.demo.staff import DAY, Workforce

# A year, 6 % of the people in post take a leave of a week or more. A few in a hundred of all workers take family or
# medical leave at any time; the median is four weeks (U.S. Department of Labor, FMLA surveys 2012 and 2018: 13 and 15 %
# take one a year, half of them under two weeks).
LEAVES_A_YEAR = 0.06
KINDS = ("medical", "family", "unpaid", "sabbatical", "military")
SHARE = (0.46, 0.40, 0.07, 0.04, 0.03)
# Days of the shortest and the longest leave of each kind.
SHORTEST = np.array([7, 14, 10, 120, 15])
LONGEST = np.array([84, 84, 120, 180, 60])


@dataclass
class Leaves:
    """One entry per leave; kind indexes KINDS, begins and ends are the first and the last day."""

    person: np.ndarray
    kind: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    posted: np.ndarray


def draw(rng: np.random.Generator, staff: Workforce, years: list[int]) -> Leaves:
    """At most one leave of each person in each school year, inside of one spell in a position."""
    person, position = np.array(staff.person), np.array(staff.position)
    # Of a pair of positions only the first, so that the person is drawn once.
    single = ~((staff.places.pair[position] >= 0) & (staff.places.pair[position] < position))
    parts = []
    for year in years:
        first, last = np.datetime64(f"{year - 1}-09-08"), np.datetime64(f"{year}-06-15")
        begins = np.maximum(np.array(staff.begins), first)
        ends = np.array(staff.ends)
        ends = np.where(np.isnat(ends) | (ends > last), last, ends)
        room = (ends - begins).astype(int) + 1
        chosen = np.flatnonzero(single & (room > SHORTEST.max()) & (rng.random(len(person)) < LEAVES_A_YEAR))
        # Whoever changed schools within the year stands twice: the first of the two counts.
        _, kept = np.unique(person[chosen], return_index=True)
        chosen = chosen[kept]
        kind = rng.choice(len(KINDS), len(chosen), p=SHARE)
        days = np.minimum(rng.integers(SHORTEST[kind], LONGEST[kind] + 1), room[chosen])
        start = begins[chosen] + rng.integers(0, room[chosen] - days + 1) * DAY
        posted = start + rng.integers(1, 9, len(chosen)) * DAY
        parts.append((person[chosen], kind, start, start + (days - 1) * DAY, posted))
    return Leaves(*(np.concatenate(values) for values in zip(*parts, strict=True)))
