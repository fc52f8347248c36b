"""What can be asked: the metrics with their labels, and the dimensions that each can be cut by."""

from collections.abc import Sequence
from typing import NamedTuple

from metricflow.engine.metricflow_engine import MetricFlowEngine

from include.semantic.engine import load

# The one time dimension that every metric shares, by the names that people use for its grains.
GRAINS = ("day", "week", "month", "quarter", "year")
TIME = "metric_time"


class Metric(NamedTuple):
    """A metric and the names that can follow `group by`.

    grain: of a figure that does not add up, what a question must be cut by or hold fast; else empty.
    """

    name: str
    label: str
    description: str
    dimensions: tuple[str, ...]
    grain: tuple[str, ...]


def dimensions(engine: MetricFlowEngine, metrics: list[str]) -> dict[str, str]:
    """What the metrics can all be cut by: MetricFlow's full name by the short name.

    A short name that two joined tables share is left out: it needs its full form (`school__level`).
    """
    by_short: dict[str, list[str]] = {}
    for dimension in engine.simple_dimensions_for_metrics(metrics):
        full = dimension.granularity_free_dunder_name
        if full != TIME:
            by_short.setdefault(full.rpartition("__")[2], []).append(full)
    names = {TIME: TIME, **{grain: f"{TIME}__{grain}" for grain in GRAINS}}
    for short, full_names in sorted(by_short.items()):
        if len(set(full_names)) == 1:
            names[short] = full_names[0]
    return names


def rows_behind(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The parts that count the rows behind figures that do not add up, each with what its mart has one row for."""
    metrics = {metric.name: metric for metric in load()[0].metrics}
    asked = [metrics[name] for name in names if name in metrics]
    parts = [metrics[one.name] for metric in asked for one in metric.type_params.metrics or ()]
    return {
        part.name: tuple(part.config.meta["grain"])
        for part in parts
        if part.config is not None and "grain" in part.config.meta
    }


def list_metrics() -> list[Metric]:
    """Every metric that is not merely a part of another one, by name."""
    manifest, engine = load()
    listed = []
    for metric in sorted(manifest.metrics, key=lambda metric: metric.name):
        if metric.config is not None and metric.config.meta.get("is_part"):
            continue
        listed.append(
            Metric(
                metric.name,
                metric.label or metric.name,
                metric.description or "",
                tuple(sorted(dimensions(engine, [metric.name]))),
                next(iter(rows_behind([metric.name]).values()), ()),
            )
        )
    return listed


def list_saved() -> list[tuple[str, str, str, tuple[str, ...]]]:
    """Every saved query, by name: name, label, description and its metrics."""
    manifest, _ = load()
    return [
        (saved.name, saved.label or saved.name, saved.description or "", tuple(saved.query_params.metrics))
        for saved in sorted(manifest.saved_queries, key=lambda saved: saved.name)
    ]
