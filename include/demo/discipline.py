"""Disciplinary actions of one school year."""

from dataclasses import dataclass

import numpy as np

from include.demo.population import YearRoll
from include.demo.trajectory import YearState

YEARLY_RATE = 0.11
CODES = ("DET", "ISS", "OSS")


@dataclass
class Actions:
    """One entry per action: row of the roll, day index, index into CODES, days out of class."""

    row: np.ndarray
    day: np.ndarray
    code: np.ndarray
    length: np.ndarray
    is_discretionary: np.ndarray
    lag: np.ndarray


def draw(rng: np.random.Generator, roll: YearRoll, state: YearState, place: np.ndarray, spared: list[int]) -> Actions:
    """Draw the actions; weak course work makes them likelier, the early grades have few.

    spared: rows of the roll without any, because their attendance is given.
    """
    size, count = place.shape
    by_grade = np.interp(roll.grade, [0, 5, 8, 12], [0.15, 0.5, 1.8, 1.3])
    yearly = YEARLY_RATE * by_grade * np.exp(-0.45 * state.performance.mean(axis=1))
    happens = rng.random((size, count)) < (yearly / count)[:, None]
    happens &= place >= 0
    happens[spared] = False
    row, day = np.nonzero(happens)
    weight = rng.random(len(row))
    code = np.where(weight < 0.52, 0, np.where(weight < 0.80, 1, 2))
    length = np.select(
        [code == 0, code == 1], [np.full(len(row), 0.0), rng.choice([0.5, 1.0, 1.0, 2.0], len(row))],
        rng.choice([1.0, 1.0, 2.0, 3.0, 5.0], len(row)),
    )  # fmt: skip
    return Actions(row, day, code, length, rng.random(len(row)) < 0.7, rng.integers(1, 4, len(row)))


def suspended(actions: Actions, place: np.ndarray, open_: np.ndarray) -> np.ndarray:
    """Bool [students, days]: the instructional days after an out-of-school suspension that it covers."""
    size, count = place.shape
    out = np.zeros((size, count), bool)
    for index in np.flatnonzero(actions.code == CODES.index("OSS")).tolist():
        row, day = int(actions.row[index]), int(actions.day[index])
        school = place[row, day]
        following = np.flatnonzero((place[row] == school) & open_[school])
        following = following[following > day][: int(actions.length[index])]
        out[row, following] = True
    return out
