"""Seats of extended learning time.

What it means: every seat is either proposed to a student or kept for a nomination, in every school, exactly.
When it matters: a school that gets one seat too many takes it from another.
How to fix: `ml/lists/seats.py` shares the seats, `ml/lists/rank.py` orders the students.
"""

import math
import random
from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.config import experiment_from
from ml.lists.build import SEAT, WAITLIST, list_entries, seats_for
from ml.lists.rank import chosen, ranked
from ml.lists.seats import SeatTable, allocate, seat_table, tie_break


def test_a_thousand_seat_tables_add_up_within_their_limits() -> None:
    rng = random.Random(2)
    for _ in range(1000):
        schools = [f"S{number}" for number in range(rng.randint(1, 40))]
        limit = {school: rng.choice([0, rng.randint(0, 8), rng.randint(0, 300)]) for school in schools}
        risk = {school: rng.choice([0.0, rng.random() * 200]) for school in schools}
        total, floor = rng.randint(0, 2500), rng.randint(0, 12)
        seats = allocate(total, risk, limit, floor, "seed")
        assert sum(seats.values()) == min(total, sum(limit.values()))
        assert all(0 <= seats[school] <= limit[school] for school in schools)
        if sum(min(floor, limit[school]) for school in schools) <= total:
            assert all(seats[school] >= min(floor, limit[school]) for school in schools)
        assert seats == allocate(total, dict(reversed(risk.items())), dict(reversed(limit.items())), floor, "seed")


@given(
    total=st.integers(0, 500),
    risk=st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=12),
    floor=st.integers(0, 5),
)
def test_without_limits_no_school_is_a_seat_off_its_quota(total: int, risk: list[float], floor: int) -> None:
    schools = [f"S{number:02d}" for number in range(len(risk))]
    sums = dict(zip(schools, risk, strict=True))
    seats = allocate(total, sums, dict.fromkeys(schools, 10_000), floor, "seed")
    assert sum(seats.values()) == total
    left = total - floor * len(schools)
    if left >= 0 and sum(risk) > 0:
        for school in schools:
            quota = floor + left * sums[school] / sum(risk)
            assert math.floor(quota + 1e-6) - 1 < seats[school] <= math.ceil(quota - 1e-6) + 1e-9 or seats[
                school
            ] == pytest.approx(quota, abs=1)


def test_largest_remainder_by_hand() -> None:
    # 10 seats, floor 1 each: 7 left over risks 5, 3, 2 -> 3.5, 2.1, 1.4 -> the last seat to the first.
    seats = allocate(10, {"a": 5.0, "b": 3.0, "c": 2.0}, {"a": 99, "b": 99, "c": 99}, 1, "seed")
    assert seats == {"a": 5, "b": 3, "c": 2}


def test_what_a_full_school_cannot_take_goes_to_the_others() -> None:
    seats = allocate(30, {"a": 90.0, "b": 5.0, "c": 5.0}, {"a": 6, "b": 99, "c": 99}, 2, "seed")
    assert seats == {"a": 6, "b": 12, "c": 12}


def test_a_floor_that_does_not_fit_is_lowered_for_all() -> None:
    seats = allocate(5, {"a": 9.0, "b": 1.0, "c": 1.0}, {"a": 9, "b": 9, "c": 9}, 4, "seed")
    assert sum(seats.values()) == 5 and min(seats.values()) == 1


def test_negative_seats_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        allocate(-1, {"a": 1.0}, {"a": 3}, 0, "seed")


def test_a_school_without_a_site_gets_no_seat_where_others_have_one() -> None:
    table = seat_table({"a": 50, "b": 50}, {"a": 1.0, "b": 9.0}, {"a": 20}, 10, 0.1, 0, 0.15, "seed")
    assert table.seats == {"a": 10, "b": 0}
    assert table.capacity == {"a": 20, "b": 0}
    assert table.nominations == {"a": 1, "b": 0} and table.ranked("a") == 9


def test_equal_priorities_are_ordered_by_the_recorded_hash() -> None:
    rows = pd.DataFrame(
        {"as_of": "2026-03-02", "student_id": [f"P{number}" for number in range(40)], "school_id": "S0"}
    )
    order = ranked(rows, np.ones(40), "seed")
    assert list(order["tie_break"]) == sorted(tie_break("seed", "2026-03-02", name) for name in rows["student_id"])
    shuffled = rows.sample(frac=1, random_state=1)
    assert list(ranked(shuffled, np.ones(40), "seed")["student_id"]) == list(order["student_id"])
    assert list(ranked(rows, np.ones(40), "other")["student_id"]) != list(order["student_id"])


def test_a_list_fills_its_seats_and_then_its_waitlist() -> None:
    rng = np.random.default_rng(3)
    scores = pd.DataFrame(
        {
            "student_id": [f"P{number}" for number in range(200)],
            "school_id": rng.choice(["a", "b", "c"], 200),
            "risk": rng.random(200).round(6),
        }
    )
    scores["priority"] = scores["risk"]
    experiment = experiment_from({"elt": {"seats": 31, "floor": 2, "nomination_share": 0.15}})
    seats = seats_for(scores, experiment, {"a": 12, "b": 40, "c": 40})
    entries = list_entries(scores, seats, experiment, pd.Timestamp("2026-03-02").date())
    assert seats.total == 31
    for school in "abc":
        part = entries[entries["school_id"] == school]
        placed = part[part["place"] == SEAT]
        assert len(placed) + seats.nominations[school] == seats.seats[school]
        assert len(part[part["place"] == WAITLIST]) == math.ceil(seats.seats[school] / 2)
        assert list(part["rank"]) == list(range(1, len(part) + 1))
        assert list(part["risk"]) == sorted(part["risk"], reverse=True)
    picked = chosen(scores.assign(as_of="2026-03-02"), scores["priority"].to_numpy(), seats, experiment.seed)
    assert set(scores.loc[picked, "student_id"]) == set(entries.loc[entries["place"] == SEAT, "student_id"])


def _random_scores(rng: np.random.Generator, prefix: str) -> tuple[pd.DataFrame, dict[str, int] | None]:
    """Some students of some schools with many equal priorities, and sites that may be missing or too small."""
    schools = [f"{prefix}S{number}" for number in range(int(rng.integers(1, 9)))]
    size = int(rng.integers(len(schools), 50))
    scores = pd.DataFrame(
        {
            "student_id": [f"{prefix}P{number:03d}" for number in rng.permutation(size)],
            "school_id": rng.choice(schools, size),
            "risk": rng.choice([0.0, 0.2, 0.5, 1.0], size) if rng.random() < 0.5 else rng.random(size).round(6),
        }
    )
    scores["priority"] = scores["risk"]
    capacity = None
    if rng.random() < 0.7:
        capacity = {school: int(rng.integers(0, 30)) for school in schools if rng.random() < 0.8}
    return scores, capacity


def _together(tables: list[SeatTable]) -> SeatTable:
    """Seat tables of districts that share no school as one."""
    names = [field.name for field in fields(SeatTable)]
    return SeatTable(*({k: v for table in tables for k, v in getattr(table, name).items()} for name in names))


def test_a_thousand_random_lists_fill_their_seats_exactly() -> None:
    """Listed = seats in every school, nobody twice, nobody below somebody who was passed over, and again the same.

    Schools are listed apart from each other, so the lists of the thousand seat tables are made in one go: frames of
    thirty rows cost what they are, not what they hold.
    """
    rng = np.random.default_rng(20)
    base = experiment_from({})
    day = pd.Timestamp("2026-03-02").date()
    parts, tables = [], []
    limit: dict[str, int] = {}
    for number in range(1000):
        scores, capacity = _random_scores(rng, f"{number}:")
        setting = {
            "total": int(rng.integers(0, 120)),
            "floor": int(rng.integers(0, 6)),
            "nomination_share": float(rng.choice([0, 0.15, 0.5, 1.0])),
        }
        seats = seats_for(scores, replace(base, seats={**base.seats, **setting}), capacity)
        most = {
            school: size if capacity is None else min(size, capacity.get(school, 0))
            for school, size in Counter(scores["school_id"]).items()
        }
        assert seats.seats.keys() == most.keys()
        assert seats.total == min(setting["total"], sum(most.values()))
        parts.append(scores)
        tables.append(seats)
        limit |= most
    scores, seats = pd.concat(parts, ignore_index=True), _together(tables)
    entries = list_entries(scores, seats, base, day)
    assert entries["student_id"].is_unique
    placed = Counter(entries.loc[entries["place"] == SEAT, "school_id"])
    for school, count in seats.seats.items():
        assert placed[school] + seats.nominations[school] == count <= limit[school], school
    in_seat = scores["student_id"].isin(entries.loc[entries["place"] == SEAT, "student_id"])
    worst_inside = scores[in_seat].groupby("school_id")["priority"].min()
    best_outside = scores[~in_seat].groupby("school_id")["priority"].max()
    both = worst_inside.index.intersection(best_outside.index)
    assert len(both) > 1000 and (worst_inside[both] >= best_outside[both]).all()
    again = list_entries(scores.sample(frac=1, random_state=1), seats, base, day)
    assert again.to_csv(index=False) == entries.to_csv(index=False)
