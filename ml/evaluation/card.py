"""The model card: one HTML page with its plots inside. Figures over students only, never a student."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, select_autoescape

from ml.config import ALL_GRADES, Experiment
from ml.evaluation import plots
from ml.evaluation.backtest import Judged, Roll, Split
from ml.evaluation.gate import ABC_RULE, METHODS, Gain
from ml.fairness.audit import Figure
from ml.training.enough import band_names
from models.ml import FEATURES

SMALL = 10
DRAWN = 15
RATES = ("true_positive_rate", "false_negative_rate", "false_positive_rate", "precision", "calibration_gap")
MEASURES = (
    "precision",
    "recall",
    "lift",
    "average_precision",
    "brier_skill",
    "calibration_error",
    "calibration_slope",
)
LABELS = {
    "absence": "absent 10 % or more of the remaining days",
    "course_failure": "a core course failed at a posting after the date",
    "benchmark": "below the cut at the next assessment",
}


@dataclass(frozen=True)
class CardFacts:
    """What the card tells, gathered by the scoring job.

    cohort: one row per student of the as-of date with status and risk; only counts of it are shown. overrides: how
    people decided on the list before, by group; empty where there was none.
    """

    ids: dict[str, str]
    shipped: str
    algorithm: str
    outcomes: list[dict[str, Any]]
    rolls: list[Roll]
    figures: list[Figure]
    needs_review: list[str]
    limits: list[str]
    learned: Split | None
    features: list[str]
    cohort: pd.DataFrame
    overrides: pd.DataFrame


def share(value: float | None, digits: int = 3) -> str:
    """A figure, or `n/a` where it is not defined."""
    return "n/a" if value is None else f"{value:.{digits}f}"


def count(value: int) -> str:
    """A count of students; small ones are not shown."""
    return f"{value:,}" if value == 0 or value >= SMALL else f"fewer than {SMALL}"


def gain_text(gain: Gain) -> str:
    """One line on a candidate's gain."""
    if gain.value is None:
        return f"{plots.NAMES[gain.candidate]}: no gain could be computed."
    return (
        f"{plots.NAMES[gain.candidate]} over {plots.NAMES[gain.against]}, the best simpler method: "
        f"{gain.value:+.3f} (95 % interval over schools {share(gain.low)} to {share(gain.high)})"
        f"{'.' if gain.is_proven else ': not proven.'}"
    )


def _headline(facts: CardFacts) -> tuple[str, str]:
    if facts.shipped == "model":
        gain = facts.rolls[0].gains[facts.algorithm]
        return f"A model ranks: {plots.NAMES[facts.algorithm]}.", gain_text(gain)
    if not facts.rolls:
        return "The ABC rule ranks.", "No model could be tested on a later year."
    return (
        "The ABC rule ranks: no model proved better at the seats.",
        " ".join(gain_text(gain) for gain in facts.rolls[0].gains.values()),
    )


def _split_text(split: Split) -> str:
    train = ", ".join(map(str, split.train))
    later = "held-out schools of the same years" if split.calibrate is None else str(split.calibrate)
    return f"Trained on school years {train}, calibrated on {later}, tested on {split.test}."


def _learned_text(split: Split | None) -> str:
    if split is None:
        return "no labelled year"
    later = "held-out schools" if split.calibrate is None else str(split.calibrate)
    return f"school years {', '.join(map(str, split.train))}; calibrated on {later}"


def span(value: float | None, low: float | None, high: float | None) -> str:
    """A figure with its interval, where it has one."""
    return share(value) if low is None or high is None else f"{share(value)} ({share(low)} to {share(high)})"


def _cells(judged: Judged, name: str) -> list[str]:
    """The measures of one method; the precision with its interval over schools."""
    figures = judged.figures[name]
    first = span(figures["precision"], *judged.intervals[name])
    return [first, *(share(figures.get(measure)) for measure in MEASURES if measure != "precision")]


def _rolls(facts: CardFacts) -> list[dict[str, Any]]:
    return [
        {
            "year": roll.split.test,
            "seats": f"{int(roll.chosen[ABC_RULE].sum()):,}",
            "n": count(int(roll.known.sum())),
            "methods": [
                {
                    "name": plots.NAMES[name],
                    "used": name == facts.algorithm,
                    "cells": _cells(roll.whole, name),
                }
                for name in METHODS
            ],
            "gains": [gain_text(gain) for gain in roll.gains.values()],
            "unseen": [
                f"{plots.NAMES[name]} on schools that it never saw: {span(*figure)}."
                for name, figure in roll.unseen.items()
            ],
            "parts": [
                {
                    "name": part,
                    "n": count(judged.n),
                    "methods": [
                        {"name": plots.NAMES[name], "used": name == facts.algorithm, "cells": _cells(judged, name)}
                        for name in METHODS
                    ],
                    "gains": [gain_text(gain) for gain in judged.gains.values()],
                }
                for part, judged in roll.parts.items()
            ],
        }
        for roll in facts.rolls
    ]


def band_rows(roll: Roll, method: str, bands: dict[str, float]) -> list[dict[str, Any]]:
    """Students, mean risk and share of outcomes by risk band, over students with a known outcome."""
    risk = roll.risk[method][roll.known]
    outcome = roll.rows["label"].to_numpy()[roll.known]
    name = band_of(risk, bands)
    rows = []
    for band in [*sorted(bands, key=lambda key: -bands[key]), "low"]:
        inside = name == band
        size = int(inside.sum())
        rows.append(
            {
                "band": band,
                "size": size,
                "risk_value": float(risk[inside].mean()) if size else None,
                "share_value": float(outcome[inside].mean()) if size else None,
            }
        )
    return rows


def grade_band_rows(roll: Roll, method: str, experiment: Experiment) -> list[dict[str, Any]]:
    """By grade band, over students with a known outcome: their number, realised_rate, calibration_gap (mean risk less
    that rate) and precision at the seats that went to them. Empty where there are no bands."""
    risk, outcome = roll.risk[method][roll.known], roll.rows["label"].to_numpy()[roll.known]
    name, is_chosen = band_names(roll.rows["grade"], experiment)[roll.known], roll.chosen[method][roll.known]
    rows = []
    for band in [*experiment.bands, ALL_GRADES] if experiment.bands else []:
        inside = name == band
        size, seats = int(inside.sum()), int((inside & is_chosen).sum())
        if size or band != ALL_GRADES:
            rate = float(outcome[inside].mean()) if size else None
            rows.append(
                {
                    "band": band,
                    "size": size,
                    "seats": seats,
                    "realised_rate": rate,
                    "calibration_gap": None if rate is None else float(risk[inside].mean()) - rate,
                    "precision": float(outcome[inside & is_chosen].mean()) if seats else None,
                }
            )
    return rows


def band_of(risk: np.ndarray, bands: dict[str, float]) -> np.ndarray:
    """Band of each risk: the highest whose beginning it reaches, else low."""
    name = np.full(len(risk), "low", dtype=object)
    for band, begins in sorted(bands.items(), key=lambda pair: pair[1]):
        name[risk >= begins] = band
    return name


def override_rows(overrides: pd.DataFrame) -> list[dict[str, str]]:
    """Group, students decided on and share overridden, as text; small groups without their share."""
    return [
        {
            "name": "all students" if row["kind"] == "all" else f"{row['kind']}: {row['subgroup']}",
            "n": count(int(row["decided"])),
            "share": share(float(row["share"]) if row["decided"] >= SMALL else None),
        }
        for row in overrides.to_dict("records")
    ]


def render(facts: CardFacts, experiment: Experiment) -> str:
    """The card's HTML."""
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["j2", "html"]),
        trim_blocks=True,
    ).get_template("card.html.j2")
    headline, detail = _headline(facts)
    scored = facts.cohort[facts.cohort["status"] == "scored"]
    drawn = {"risk": plots.risk_plot(facts.cohort["risk"].to_numpy(float))}
    bands: list[dict[str, Any]] = []
    grade_bands: list[dict[str, Any]] = []
    if facts.rolls:
        drawn["precision"] = plots.precision_plot(facts.rolls, facts.algorithm)
        drawn["calibration"] = plots.calibration_plot(facts.rolls[0], facts.algorithm)
        bands = [
            {
                "band": row["band"],
                "n": count(row["size"]),
                "risk": share(row["risk_value"] if row["size"] >= SMALL else None),
                "share": share(row["share_value"] if row["size"] >= SMALL else None),
            }
            for row in band_rows(facts.rolls[0], facts.algorithm, experiment.evaluation["bands"])
        ]
        grade_bands = [
            {
                "band": row["band"],
                "n": count(row["size"]),
                "share": share(row["realised_rate"] if row["size"] >= SMALL else None),
                "gap": share(row["calibration_gap"] if row["size"] >= SMALL else None),
                "seats": count(row["seats"]),
                "precision": share(row["precision"] if row["seats"] >= SMALL else None),
            }
            for row in grade_band_rows(facts.rolls[0], facts.algorithm, experiment)
        ]
    rates = [
        (figure.subset.replace(":", ": "), figure.value, figure.low, figure.high)
        for figure in facts.figures
        if figure.metric == "true_positive_rate" and figure.value is not None
    ]
    if rates:
        drawn["groups"] = plots.group_plot(rates)
    moves = sorted(
        (
            (figure.subset.partition(":")[2], figure.value or 0.0)
            for figure in facts.figures
            if figure.metric == "feature_effect"
        ),
        key=lambda move: (-abs(move[1]), move[0]),
    )[:DRAWN]
    if moves:
        drawn["drivers"] = plots.driver_plot(moves)
    by_subset: dict[str, dict[str, Figure]] = {}
    for figure in facts.figures:
        by_subset.setdefault(figure.subset, {})[figure.metric] = figure
    used = sorted({row["outcome"] for row in facts.outcomes if row["counts"]})
    return template.render(
        **facts.ids,
        shipped=facts.shipped,
        headline=headline,
        headline_detail=detail,
        needs_review=facts.needs_review,
        label_text="After the as-of date and until the school year ends: "
        + ("; or ".join(LABELS[name] for name in used) or "no outcome with enough students is known")
        + ". Students who leave the district in that time count neither way.",
        outcomes=[
            {**row, "n": count(row["n"]), "share": share(row["share"] if row["n"] >= SMALL else None)}
            for row in facts.outcomes
        ],
        rolls=_rolls(facts),
        split_text=_split_text(facts.rolls[0].split) if facts.rolls else "",
        plots=drawn,
        bands=bands,
        grade_bands=grade_bands,
        min_positives=experiment.evaluation["min_positives"],
        groups=[
            {
                "name": subset.replace(":", ": "),
                "n": count(next(iter(metrics.values())).n),
                "cells": [
                    share(metrics[rate].value) if metrics[rate].status == "ok" else "insufficient" for rate in RATES
                ],
            }
            for subset, metrics in by_subset.items()
            if "true_positive_rate" in metrics
        ],
        gaps=[
            f"Largest gap in true-positive rates by {figure.subset}: {share(figure.value)} "
            f"(95 % interval over schools {share(figure.low)} to {share(figure.high)})."
            if figure.status == "ok"
            else f"Gap by {figure.subset}: insufficient, fewer than two groups have enough students."
            for figure in facts.figures
            if figure.metric == "true_positive_gap"
        ],
        proxies=[
            {"name": figure.subset.removeprefix("race:"), "n": count(figure.n), "value": share(figure.value)}
            for figure in facts.figures
            if figure.metric == "proxy_auc"
        ],
        cohort_text=(
            f"{count(len(facts.cohort))} students; {count(len(scored))} with enough history to be scored, "
            f"{count(len(facts.cohort) - len(scored))} ranked by the rule for want of it."
        ),
        overrides=override_rows(facts.overrides),
        limits=facts.limits,
        features=[{"name": name, "doc": FEATURES[name]} for name in facts.features],
        learned_text=_learned_text(facts.learned),
    )
