"""Say what a metric is: how it is worked out, of which table, and which sources stand behind it."""

import json
from typing import Any, NamedTuple

from include import transform
from include.semantic.catalogue import dimensions
from include.semantic.engine import load
from include.semantic.lineage import contracts_behind
from include.semantic.query import SemanticError


class Part(NamedTuple):
    """One step of the working out: depth 0 is the metric itself."""

    depth: int
    name: str
    formula: str


class Explanation(NamedTuple):
    """A metric in words. rules: of the tables it is made of, by table. contracts: as `sis.school`."""

    name: str
    label: str
    description: str
    parts: tuple[Part, ...]
    rules: dict[str, tuple[str, ...]]
    contracts: tuple[str, ...]
    dimensions: tuple[str, ...]
    saved: tuple[str, ...]


def explain(name: str) -> Explanation:
    """Explain a metric. Raises SemanticError where there is none of the name."""
    manifest, engine = load()
    metrics = {metric.name: metric for metric in manifest.metrics}
    if name not in metrics:
        raise SemanticError(f"No metric is called {name}. There are: {', '.join(sorted(metrics))}.")
    parts = tuple(_parts(name, metrics, 0))
    tables = [part.formula.rpartition(" of ")[2].split(" where ")[0] for part in parts if " of " in part.formula]
    metric = metrics[name]
    return Explanation(
        name,
        metric.label or name,
        metric.description or "",
        parts,
        {table: _rules(table) for table in dict.fromkeys(tables)},
        tuple(sorted(contracts_behind(name))),
        tuple(sorted(dimensions(engine, [name]))),
        tuple(saved.name for saved in manifest.saved_queries if name in saved.query_params.metrics),
    )


def _parts(name: str, metrics: dict[str, Any], depth: int) -> list[Part]:
    given = metrics[name].type_params
    if given.metric_aggregation_params is not None:
        of = given.metric_aggregation_params
        formula = f"{of.agg.value}({given.expr or name}) of {of.semantic_model}{_filtered(metrics[name])}"
        return [Part(depth, name, formula)]
    if given.numerator is not None:
        inputs = [given.numerator, given.denominator]
        formula = f"{given.numerator.name} / {given.denominator.name}"
    else:
        inputs = list(given.metrics or ())
        formula = given.expr or name
    parts = [Part(depth, name, formula + _filtered(metrics[name]))]
    for one in inputs:
        parts += _parts(one.name, metrics, depth + 1)
    return parts


def _filtered(metric: Any) -> str:
    if metric.filter is None:
        return ""
    return " where " + " and ".join(one.where_sql_template.strip() for one in metric.filter.where_filters)


def _rules(table: str) -> tuple[str, ...]:
    """The lines under `Rules:` in the description of a mart."""
    path = transform.semantic_manifest().with_name("manifest.json")
    node: dict[str, Any] = json.loads(path.read_text())["nodes"].get(f"model.schoolhouse.{table}", {})
    told = node.get("description", "").partition("Rules:")[2].partition("Example:")[0]
    return tuple(line.strip().removeprefix("- ") for line in told.splitlines() if line.strip())
