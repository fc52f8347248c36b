"""Which source column fills which contract column, and how sure that is."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sqlalchemy import Column, Table

from include.onboard.sample import Sample
from include.onboard.values import NEARLY_ALL, NUMBER, Evidence, evidence
from include.onboard.words import likeness, tokens
from models.landing.contract import contract_columns, rules_of

NAME_WEIGHT = 0.65
# Below that a column is not placed: a wrong place costs more than an empty one.
LEAST = 0.45
SEGMENTS = ("fund", "function", "object", "program", "location")


@dataclass(frozen=True)
class Place:
    """A contract column and what fills it: `cell` as district.yml says it, from 0 to 1 how sure that is."""

    column: str
    cell: dict[str, Any]
    confidence: float
    note: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Match:
    """mask: an account mask as district.yml says it, for the segments of one column. score: to compare samples by."""

    places: dict[str, Place]
    mask: dict[str, Any] | None
    missing: tuple[Column[Any], ...]
    unplaced: tuple[str, ...]
    score: float


def match(table: Table, sample: Sample) -> Match:
    """The best places that the sample's columns have in a contract, each used once."""
    columns, names = contract_columns(table), list(sample.columns)
    places = {place.column: place for place in _debit_and_credit(columns, sample)}
    taken = {name for place in places.values() for name in (place.cell["debit"], place.cell["credit"])}
    open_columns = [column for column in columns if column.name not in places]
    open_names = [name for name in names if name not in taken]
    places |= _assigned(table, open_columns, open_names, sample)
    mask = _mask(columns, places, sample)
    filled = set(places) | (set(mask["segments"].values()) if mask else set())
    used = taken | {str(place.cell.get("from")) for place in places.values()}
    missing = tuple(column for column in columns if column.name not in filled)
    return Match(
        {column.name: places[column.name] for column in columns if column.name in places},
        mask,
        missing,
        tuple(name for name in names if name not in used | ({mask["from"]} if mask else set())),
        _score(columns, places),
    )


def _score(columns: list[Column[Any]], places: dict[str, Place]) -> float:
    """Confidence over the contract's columns; a required one counts five times."""
    weights = {column.name: 1 if column.nullable else 5 for column in columns}
    return sum(weights[name] * place.confidence for name, place in places.items()) / sum(weights.values())


def _assigned(table: Table, columns: list[Column[Any]], names: list[str], sample: Sample) -> dict[str, Place]:
    if not columns or not names:
        return {}
    key = rules_of(table).key
    sure = np.zeros((len(columns), len(names)))
    found: dict[tuple[int, int], Evidence] = {}
    for row, column in enumerate(columns):
        for position, name in enumerate(names):
            own = _own_names(table, column.name, key)
            # OneRoster's key, whatever codes stand beside it.
            like = 1.1 if own and name == "sourcedId" else likeness(name, column.name, own)
            if like < 0.3:
                continue
            seen = evidence(column, sample.columns[name], is_key=key == (column.name,))
            found[row, position] = seen
            together = NAME_WEIGHT * like + (1 - NAME_WEIGHT) * seen.share
            # What cannot be cast is not the column, whatever it is called.
            sure[row, position] = together * min(1.0, seen.share / 0.5)
    rows, positions = linear_sum_assignment(sure, maximize=True)
    placed = {}
    for row, position in zip(rows.tolist(), positions.tolist(), strict=True):
        if sure[row, position] >= LEAST:
            seen, name = found[row, position], columns[row].name
            cell = {"from": names[position], **seen.cell}
            placed[name] = Place(name, cell, min(1.0, float(sure[row, position])), seen.note, seen.unknown)
    return placed


def _own_names(table: Table, column: str, key: tuple[str, ...]) -> tuple[str, ...]:
    """What a key is called in its own table: sourcedId, Number, or only Requisition."""
    if not key or column != key[0] or (len(key) > 1 and not table.name.startswith("sis_student_")):
        return ()
    return ("id", column.removesuffix("_id"))


def _debit_and_credit(columns: list[Column[Any]], sample: Sample) -> list[Place]:
    if all(column.name != "amount" for column in columns):
        return []
    sides = {}
    for name, values in sample.columns.items():
        for side in ("debit", "credit"):
            given = [value.replace(",", "") for value in values if value is not None]
            if side in tokens(name) and given:
                fitting = sum(re.fullmatch(NUMBER, value) is not None for value in given) / len(given)
                has_groups = any("," in value for value in values if value is not None)
                if fitting > 0.5:
                    sides[side] = (name, fitting, has_groups)
    if len(sides) < 2:
        return []
    cell: dict[str, Any] = {side: name for side, (name, _, _) in sides.items()}
    if any(has_groups for _, _, has_groups in sides.values()):
        cell["thousands"] = ","
    return [Place("amount", cell, min(fitting for _, fitting, _ in sides.values()), "debit less credit")]


def _mask(columns: list[Column[Any]], places: dict[str, Place], sample: Sample) -> dict[str, Any] | None:
    """The segments of an account code, where the contract wants them and no column has them; their order is a guess."""
    wanted = [name for name in SEGMENTS if any(column.name == name for column in columns)]
    if len(wanted) < 3 or sum(name in places for name in wanted) > len(wanted) - 3:
        return None
    sources = [name for name in sample.columns if "account" in tokens(name)]
    for name in sources:
        values = [value for value in sample.columns[name] if value is not None]
        shapes = Counter(re.sub(r"[A-Za-z0-9]", "x", value) for value in values)
        if not shapes:
            continue
        shape, many = shapes.most_common(1)[0]
        runs = re.findall(r"x+|[^x]+", shape)
        lengths = [len(run) for run in runs if run[0] == "x"]
        if many < NEARLY_ALL * len(values) or not 2 <= len(lengths) <= len(wanted):
            continue
        for segment in wanted[: len(lengths)]:
            places.pop(segment, None)
        letters = iter("FUOPL")
        mask = "".join(next(letters) * len(run) if run[0] == "x" else run for run in runs)
        return {"from": name, "mask": mask, "segments": dict(zip("FUOPL", wanted[: len(lengths)], strict=False))}
    return None
