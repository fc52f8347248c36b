"""The page of outcomes: one part per released list. Figures over students only, never a student."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, select_autoescape

from include.reports import write_report
from include.settings import settings
from ml.evaluation import plots
from ml.evaluation.card import RATES, SMALL, count, override_rows, share, span
from ml.fairness.audit import Figure
from ml.outcome.students import Seen

PAGE = "outcomes.html"
MEASURES = ("recall", "lift", "brier_skill", "calibration_error", "calibration_slope")


@dataclass(frozen=True)
class ListPart:
    """What the page says of one list."""

    seen: Seen
    figures: list[tuple[str, Figure]]
    needs_review: list[str]
    overrides: pd.DataFrame


def write_page(as_of: dt.date, parts: list[ListPart], open_lists: list[str], roles: Sequence[Any]) -> Path:
    """Write the page, newest list first; returns its path."""
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["j2", "html"]), trim_blocks=True
    ).get_template("page.html.j2")
    path = settings().reports / PAGE
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = [_part(part) for part in reversed(parts)]
    write_report(path, template.render(as_of=as_of, parts=shown, open_lists=open_lists, roles=roles))
    return path


def _part(part: ListPart) -> dict[str, Any]:
    by_name = {(method, figure.metric, figure.subset): figure for method, figure in part.figures}
    methods = list(dict.fromkeys(method for method, _ in part.figures))
    own = part.seen.method

    def value(method: str, metric: str) -> str:
        figure = by_name.get((method, metric, "all"))
        return "" if figure is None else share(figure.value)

    gain = by_name[own, "gain_over_abc_rule", "all"]
    known = part.seen.known
    groups = sorted({figure.subset for _, figure in part.figures if figure.metric == "true_positive_rate"})
    return {
        "version": part.seen.version,
        "n": count(len(known)),
        "model_id": part.seen.model_id,
        "review": part.needs_review,
        "gain": f"{span(gain.value, gain.low, gain.high)}",
        "methods": [
            {
                "name": _name(method, own),
                "cells": [
                    span(*(getattr(by_name[method, "precision", "all"], name) for name in ("value", "low", "high"))),
                    *(value(method, metric) for metric in MEASURES),
                ],
            }
            for method in methods
        ],
        "bands": [
            {
                "band": figure.subset.partition(":")[2],
                "n": count(figure.n),
                "share": share(figure.value if figure.n >= SMALL else None),
            }
            for _, figure in part.figures
            if figure.metric == "realised_rate"
        ],
        "groups": [
            {
                "name": subset.replace(":", ": "),
                "n": count(by_name[own, "true_positive_rate", subset].n),
                "cells": [
                    share(by_name[own, rate, subset].value)
                    if by_name[own, rate, subset].status == "ok"
                    else "insufficient"
                    for rate in RATES
                ],
            }
            for subset in groups
        ],
        "plot": plots.calibration_of(known["outcome"].to_numpy(float), known["risk"].to_numpy(float), "the list")
        if len(known)
        else None,
        "overrides": override_rows(part.overrides),
    }


def _name(method: str, own: str) -> str:
    if method == own:
        return "this list, by the model" if method == "model" else "this list, by the ABC rule"
    return plots.NAMES.get(method, f"challenger {method}")
