"""The student-funding formula: what it counts, what it gives each school, and where it was applied wrongly."""

import csv
from dataclasses import dataclass
from typing import Any

import numpy as np

from include.demo.layout import Layout
from include.demo.population import Students, YearRoll
from include.demo.vocabulary import GRADES
from include.settings import ROOT

SEEDS = ROOT / "dbt_project" / "seeds"
# How far a school's projection is from its roll in autumn, as a standard deviation.
PROJECTION_ERROR = 0.012
# Shares of the students with disabilities by the setting they are taught in.
SETTINGS = {"swd_full_inclusion": 0.62, "swd_partial_inclusion": 0.23, "swd_substantially_separate": 0.15}
GROUPS = (*GRADES, "el", "low_income", *SETTINGS)
LINES = ("foundation", "base", "grade", "el", "low_income", "swd", "hold_harmless", "transition")
EL, LOW_INCOME = GROUPS.index("el"), GROUPS.index("low_income")


@dataclass(frozen=True)
class Policy:
    """The formula of one fiscal year. weight: thousandths by group [GROUPS]; base and foundation: cents.

    hold_harmless, transition: hundredths of the last allocation.
    """

    weight: np.ndarray
    base: int
    foundation: dict[str, int]
    hold_harmless: int
    transition: int


@dataclass
class Allocation:
    """The formula of one fiscal year, applied: students [schools, GROUPS] and cents [schools, LINES].

    is_open: [schools], whether the school teaches in the year at all.
    """

    year: int
    is_open: np.ndarray
    students: np.ndarray
    cents: np.ndarray


def _valid(name: str, day: str) -> list[dict[str, str]]:
    """Rows of a seed that are valid on a day."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file)
                if row["valid_from"] <= day and (not row["valid_to"] or day <= row["valid_to"])]  # fmt: skip


def policy(year: int) -> Policy:
    """The formula of a fiscal year, from the seeds formula_weight and formula_amount."""
    day = f"{year - 1}-07-01"
    weight = {row["student_group"]: round(float(row["weight"]) * 1000) for row in _valid("formula_weight", day)}
    amount = {row["name"]: round(float(row["amount"]) * 100) for row in _valid("formula_amount", day)}
    return Policy(
        np.array([weight[group] for group in GROUPS]),
        amount["base_per_pupil"],
        {name.removeprefix("foundation_"): cents for name, cents in amount.items() if name.startswith("foundation_")},
        amount["hold_harmless_share"],
        amount["transition_share"],
    )


def projected(rng: np.random.Generator, people: Students, roll: YearRoll, schools: int) -> np.ndarray:
    """Students of each group that the district expects at each school: whole numbers [schools, GROUPS]."""
    counts = np.zeros((schools, len(GROUPS)), np.int64)
    np.add.at(counts, (roll.school, roll.grade), 1)
    for group, has in ((EL, people.is_el), (LOW_INCOME, people.is_low_income)):
        counts[:, group] = np.bincount(roll.school[has[roll.student]], minlength=schools)
    error = rng.normal(1, PROJECTION_ERROR, counts.shape)
    counts = np.maximum((counts * error).round(), 0).astype(np.int64)
    total = counts[:, : len(GRADES)].sum(axis=1, keepdims=True)
    counts = np.minimum(counts, total)
    disabled = np.bincount(roll.school[people.is_swd[roll.student]], minlength=schools)
    counts[:, len(GROUPS) - len(SETTINGS) :] = rng.multinomial(disabled, list(SETTINGS.values()))
    return counts


def _lines(given: Policy, levels: np.ndarray, is_open: np.ndarray, students: np.ndarray) -> np.ndarray:
    """The lines before limits, in cents [schools, LINES]; half a cent is rounded up."""
    each = (given.base * given.weight * students + 500) // 1000
    grades = slice(0, len(GRADES))
    cents = np.zeros((len(levels), len(LINES)), np.int64)
    cents[:, 0] = [given.foundation[level] for level in levels]
    cents[:, 1] = given.base * students[:, grades].sum(axis=1)
    cents[:, 2] = (given.base * (given.weight * students)[:, grades].sum(axis=1) + 500) // 1000
    cents[:, 3], cents[:, 4] = each[:, EL], each[:, LOW_INCOME]
    cents[:, 5] = (given.base * (given.weight * students)[:, LOW_INCOME + 1 :].sum(axis=1) + 500) // 1000
    return cents * is_open[:, None]


def _limited(given: Policy, cents: np.ndarray, last: np.ndarray | None) -> np.ndarray:
    """The lines with hold_harmless and transition; a school without a last allocation has neither."""
    if last is None:
        return cents
    total = cents[:, :-2].sum(axis=1)
    known = (last > 0) & (total > 0)
    cents[:, -2] = np.where(known, np.maximum((given.hold_harmless * last + 50) // 100 - total, 0), 0)
    cents[:, -1] = np.where(known, np.minimum((given.transition * last + 50) // 100 - total, 0), 0)
    return cents


def allocate(
    rng: np.random.Generator, layout: Layout, people: Students, rolls: list[YearRoll], years: list[int]
) -> tuple[list[Allocation], list[dict[str, Any]]]:
    """Apply the formula to every fiscal year, wrongly at two schools in the last; returns what was wrong, too."""
    made: list[Allocation] = []
    for index, (year, roll) in enumerate(zip(years, rolls, strict=True)):
        students = projected(rng, people, roll, len(layout))
        is_open = layout.is_open[:, index]
        lines = _lines(policy(year), layout.levels, is_open, students)
        last = made[-1].cents.sum(axis=1) if made else None
        made.append(Allocation(year, is_open, students, _limited(policy(year), lines, last)))
    return made, _misapply(layout, made)


def _misapply(layout: Layout, made: list[Allocation]) -> list[dict[str, Any]]:
    """At one school the weight for English learners is last year's; at another, low income counts twice."""
    latest = made[-1]
    before, given = policy(latest.year - 1), policy(latest.year)
    stale = (given.base * before.weight[EL] * latest.students[:, EL] + 500) // 1000
    changes = (
        ("el", "last year's weight", stale - latest.cents[:, 3]),
        ("low_income", "low income counted twice", latest.cents[:, 4].copy()),
    )
    # Only where no limit would hide the fault or change another line by it.
    last, total = made[-2].cents.sum(axis=1), latest.cents.sum(axis=1)
    told: list[dict[str, Any]] = []
    used: list[int] = []
    for line, why, change in changes:
        after = total + change
        within = (latest.cents[:, -2:] == 0).all(axis=1) & (change != 0)
        within &= (last == 0) | ((after * 100 >= given.hold_harmless * last) & (after * 100 <= given.transition * last))
        within[used] = False
        school = int(np.where(within, abs(change), -1).argmax())
        used.append(school)
        latest.cents[school, LINES.index(line)] += change[school]
        told.append(
            {"school_id": layout.ids[school], "fiscal_year": latest.year, "line": line, "why": why,
             "allocated_cents": int(latest.cents[school, LINES.index(line)]), "too_much_cents": int(change[school])}
        )  # fmt: skip
    return told
