"""The card's plots as base64 PNG. No student is drawn: bars, bins and histograms only."""

import base64
import io

import numpy as np
from matplotlib.figure import Figure

from ml.evaluation import metrics
from ml.evaluation.backtest import Roll
from ml.evaluation.gate import METHODS

INK, SOFT, ACCENT = "#1d2a35", "#9fb0bc", "#1b7f5a"
NAMES = {
    "random": "random",
    "last_year_outcome": "last year's outcome",
    "abc_rule": "ABC rule",
    "logistic": "logistic regression",
    "hist_gradient_boosting": "gradient boosting",
}


def _encode(figure: Figure) -> str:
    buffer = io.BytesIO()
    # Without the writer's version the same figures give the same bytes.
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()


def _axes(width: float, height: float):
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    return figure, axes


def precision_plot(rolls: list[Roll], used: str) -> str:
    """Precision at the seats by method and test year; what ranks is drawn in colour."""
    figure, axes = _axes(8, 3.2)
    height = 0.8 / len(rolls)
    for index, roll in enumerate(rolls):
        for row, name in enumerate(METHODS):
            value = roll.figures[name]["precision"] or 0
            place = row + (index - (len(rolls) - 1) / 2) * -height
            low, high = roll.whole.intervals[name]
            axes.barh(place, value, height * 0.9, color=ACCENT if name == used else SOFT)
            if low is not None and high is not None:
                axes.plot([low, high], [place, place], color=INK, linewidth=1)
                value = max(value, high)
            axes.text(
                value + 0.005,
                place,
                f"{roll.figures[name]['precision'] or 0:.2f} ({roll.split.test})",
                va="center",
                fontsize=8,
                color=INK,
            )
    axes.set_yticks(range(len(METHODS)), [NAMES[name] for name in METHODS])
    axes.set_xlim(0, 1.12)
    axes.set_xlabel("precision at the seats")
    return _encode(figure)


def calibration_plot(roll: Roll, method: str) -> str:
    """A method's risks in the test year against the share of outcomes."""
    outcome = roll.rows["label"].to_numpy()[roll.known]
    return calibration_of(outcome, roll.risk[method][roll.known], NAMES[method])


def calibration_of(outcome: np.ndarray, risk: np.ndarray, name: str) -> str:
    """Mean risk against share of outcomes in ten bins of equal mass."""
    figure, axes = _axes(5, 4)
    bins = metrics.calibration_bins(outcome, risk)
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle="--")
    axes.plot([mean for mean, _, _ in bins], [share for _, share, _ in bins], color=ACCENT, marker="o")
    axes.set_xlabel(f"mean risk by {name}")
    axes.set_ylabel("share with an outcome")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    return _encode(figure)


def group_plot(rates: list[tuple[str, float, float | None, float | None]]) -> str:
    """True-positive rate of each group with its interval over schools."""
    figure, axes = _axes(8, 0.6 + 0.32 * len(rates))
    for row, (_, value, low, high) in enumerate(rates):
        if low is not None and high is not None:
            axes.plot([low, high], [row, row], color=SOFT, linewidth=2)
        axes.plot([value], [row], color=ACCENT, marker="o")
    axes.set_yticks(range(len(rates)), [name for name, *_ in rates])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("of those with a later outcome, share with a seat")
    return _encode(figure)


def driver_plot(moves: list[tuple[str, float]]) -> str:
    """How the risk moves from each feature's low to its high values, strongest first."""
    figure, axes = _axes(8, 0.6 + 0.26 * len(moves))
    axes.barh(range(len(moves)), [move for _, move in moves], color=ACCENT)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(range(len(moves)), [name for name, _ in moves])
    axes.invert_yaxis()
    axes.set_xlabel("change of the mean risk from the feature's 10th to its 90th percentile")
    return _encode(figure)


def risk_plot(risk: np.ndarray) -> str:
    """Students by risk, in bins of 0.05."""
    figure, axes = _axes(8, 2.6)
    axes.hist(risk, bins=np.linspace(0, 1, 21), color=ACCENT, edgecolor="white")
    axes.set_xlabel("calibrated risk")
    axes.set_ylabel("students")
    return _encode(figure)
