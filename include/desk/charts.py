"""Where the marks of the small charts lie. The templates draw them, as SVG, with a table that says the same."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HEIGHT, STEP, WIDTH = 60, 14, 320
FULL_WEEK = 5


@dataclass(frozen=True)
class Bar:
    """One week. x, y, height: in the chart's units, from the top left. days, absent: days of the week."""

    week: dt.date
    days: float
    absent: float
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Attendance:
    """Bars of absence by week; width and height of the drawing; days and absences in all."""

    bars: list[Bar]
    width: int
    height: int
    days: float
    absent: float


def attendance(weeks: Sequence[dict[str, Any]]) -> Attendance | None:
    """A bar for each week, as high as days were missed; a whole week is the whole height. None without a week."""
    if not weeks:
        return None
    unit = HEIGHT / FULL_WEEK
    bars = [
        Bar(
            week=dt.date.fromisoformat(week["week"]),
            days=week["days"],
            absent=week["absent"],
            x=number * STEP,
            y=HEIGHT - min(week["absent"], FULL_WEEK) * unit,
            height=min(week["absent"], FULL_WEEK) * unit,
        )
        for number, week in enumerate(weeks)
    ]
    return Attendance(
        bars, len(bars) * STEP, HEIGHT, sum(week["days"] for week in weeks), sum(week["absent"] for week in weeks)
    )


@dataclass(frozen=True)
class Dot:
    """One result. x, y: of the score; cut_y: of the lowest score that counts as proficient, None where unknown."""

    x: float
    y: float
    cut_y: float | None
    result: dict[str, Any]


@dataclass(frozen=True)
class Results:
    """Results of one assessment and subject, in the order of their days."""

    assessment: str
    subject: str
    dots: list[Dot]
    width: int
    height: int


def results(rows: Sequence[dict[str, Any]]) -> list[Results]:
    """A chart for each assessment and subject, each on its own scale, since scores of two tests do not compare."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["assessment"], row["subject"]), []).append(row)
    return [_results(*name, own) for name, own in sorted(groups.items())]


def _results(assessment: str, subject: str, rows: list[dict[str, Any]]) -> Results:
    values = [row["score"] for row in rows] + [row["cut"] for row in rows if row["cut"] is not None]
    lowest, highest = min(values), max(values)
    # A margin above and below; where all values are one, it is in the middle.
    room = (highest - lowest) * 0.15 or 1.0

    def place(value: float) -> float:
        return round(HEIGHT * (1 - (value - lowest + room) / (highest - lowest + 2 * room)), 1)

    step = WIDTH / (len(rows) + 1)
    dots = [
        Dot(round(step * (number + 1), 1), place(row["score"]), None if row["cut"] is None else place(row["cut"]), row)
        for number, row in enumerate(rows)
    ]
    return Results(assessment, subject, dots, WIDTH, HEIGHT)
