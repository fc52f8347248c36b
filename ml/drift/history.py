"""The index of runs: every as-of date with its verdict, and each watched figure over the weeks."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import Connection, select

from include.reports import write_report
from include.settings import settings
from ml.drift.checks import BLOCK, HOLD, PASS, WARN
from models import ml as tables

PAGE = "drift_index.html"
WIDTH, HEIGHT, EDGE = 320, 64, 6
# Schools are many and each has its page of the day: here only the figures of the whole are drawn.
LEFT_OUT = ("rows_per_school",)


@dataclass(frozen=True)
class Curve:
    """One watched figure: points and threshold as SVG coordinates, the newest value and its verdict."""

    layer: str
    check: str
    feature: str
    points: str
    threshold: str
    newest: float
    allowed: float | None
    verdict: str
    dates: int


def write_index(connection: Connection) -> Path:
    """Write the page of every run so far, oldest to newest from left to right; returns its path."""
    decisions = connection.execute(
        select(tables.release_decision).order_by(tables.release_decision.c.as_of.desc())
    ).all()
    path = settings().reports / PAGE
    page = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["j2", "html"]), trim_blocks=True
    ).get_template("index.html.j2")
    write_report(path, page.render(decisions=decisions, curves=curves(connection), width=WIDTH, height=HEIGHT))
    return path


def curves(connection: Connection) -> list[Curve]:
    """Every figure that was watched on some date, by layer and check; what warns or worse comes first."""
    table = tables.drift_check
    rows = connection.execute(
        select(table)
        .where(table.c.value.is_not(None) & table.c.check.not_in(LEFT_OUT))
        .order_by(table.c.layer, table.c.check, table.c.feature, table.c.as_of)
    ).all()
    series = defaultdict(list)
    for row in rows:
        series[row.layer, row.check, row.feature].append(row)
    order = {BLOCK: 0, HOLD: 1, WARN: 2}
    found = [_curve(*key, own) for key, own in series.items()]
    return sorted(found, key=lambda curve: (order.get(curve.verdict, 3), curve.layer, curve.check, curve.feature))


def _curve(layer: str, check: str, feature: str, rows: list) -> Curve:
    dates: list[dt.date] = [row.as_of for row in rows]
    values = [float(row.value) for row in rows]
    limits = [float(row.threshold) for row in rows if row.threshold is not None]
    low, high = min([*values, *limits, 0.0]), max([*values, *limits])
    first, days = dates[0], max((dates[-1] - dates[0]).days, 1)

    def at(when: dt.date, value: float) -> str:
        x = EDGE + (when - first).days / days * (WIDTH - 2 * EDGE)
        y = HEIGHT - EDGE - (value - low) / ((high - low) or 1) * (HEIGHT - 2 * EDGE)
        return f"{x:.1f},{y:.1f}"

    return Curve(
        layer,
        check,
        feature,
        " ".join(at(when, value) for when, value in zip(dates, values, strict=True)),
        " ".join(at(row.as_of, float(row.threshold)) for row in rows if row.threshold is not None),
        values[-1],
        rows[-1].threshold,
        rows[-1].verdict or PASS,
        len(dates),
    )
