"""Answer a question about metrics from the marts of the last build."""

import datetime as dt
import re
from collections.abc import Sequence

import pandas as pd
from metricflow.engine.metricflow_engine import (
    MetricFlowEngine,
    MetricFlowQueryRequest,
    OutputColumnOrderMode,
)
from metricflow_semantic_interfaces.protocols.saved_query import SavedQuery
from metricflow_semantics.errors.error_classes import InvalidQueryException
from sqlalchemy import select, text

from include.districts import load_district
from include.errors import SchoolhouseError
from include.landing.failures import incomplete_contracts
from include.semantic.catalogue import TIME, dimensions, rows_behind
from include.semantic.engine import load
from include.semantic.lineage import contracts_behind
from include.warehouse.engine import warehouse_engine
from models.ops import dbt_build

CONDITION = re.compile(r"^\s*(\w+)\s*(=|!=|<>|<=|>=|<|>)\s*(.+?)\s*$")
NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


class SemanticError(SchoolhouseError):
    """The question cannot be answered as it was put: says what is known instead."""


def _full(name: str, known: dict[str, str]) -> str:
    """MetricFlow's name of a group-by item; full names pass as they are."""
    if "__" in name:
        return name
    if name in known:
        return known[name]
    raise SemanticError(f"These metrics cannot be cut by {name!r}. They can be cut by: {', '.join(sorted(known))}.")


def _condition(given: str, known: dict[str, str]) -> str:
    """A filter in MetricFlow's template; `level = high` is short for the template, which is passed as it is."""
    if "{{" in given:
        return given
    parts = CONDITION.match(given)
    if parts is None:
        raise SemanticError(
            f"The filter {given!r} cannot be read: write `dimension = value`, with =, !=, <, <=, > or >=."
        )
    name, sign, value = parts.groups()
    full = _full(name, known)
    quoted = value if value.startswith("'") and value.endswith("'") and len(value) > 1 else f"'{value}'"
    literal = "'" + quoted[1:-1].replace("''", "'").replace("'", "''") + "'"
    if full.startswith(TIME):
        grain = full.partition("__")[2] or "day"
        return f"{{{{ TimeDimension('{TIME}', '{grain}') }}}} {sign} {literal}"
    # A number may stand for a number or for a code such as a school's: it is compared as text when it is not
    # ordered, and as a number when it is.
    if NUMBER.match(value) and sign not in ("=", "!=", "<>"):
        return f"{{{{ Dimension('{full}') }}}} {sign} {value}"
    return f"cast({{{{ Dimension('{full}') }}}} as text) {sign} {literal}"


def _request(
    engine: MetricFlowEngine,
    metrics: Sequence[str],
    group_by: Sequence[str],
    where: Sequence[str],
    order_by: Sequence[str],
    limit: int | None,
) -> MetricFlowQueryRequest:
    known = dimensions(engine, list(metrics))

    def ordered(name: str) -> str:
        bare = name.removeprefix("-")
        full = bare if bare in metrics else _full(bare, known)
        return f"-{full}" if name.startswith("-") else full

    return MetricFlowQueryRequest.create(
        metric_names=list(metrics),
        group_by_names=[_full(name, known) for name in group_by],
        where_constraints=[_condition(given, known) for given in where] or None,
        order_by_names=[ordered(name) for name in order_by] or None,
        limit=limit,
        output_column_order_mode=OutputColumnOrderMode.INPUT_ORDER,
    )


def compile_sql(
    metrics: Sequence[str],
    group_by: Sequence[str] = (),
    where: Sequence[str] = (),
    order_by: Sequence[str] = (),
    limit: int | None = None,
) -> str:
    """The SQL that answers the question, over the tables of the schema marts.

    Raises SemanticError where a metric or dimension is unknown.
    """
    manifest, engine = load()
    names = {metric.name for metric in manifest.metrics}
    unknown = [name for name in metrics if name not in names]
    if unknown or not metrics:
        raise SemanticError(
            f"No metric is called {', '.join(unknown) or 'nothing'}. There are: {', '.join(sorted(names))}."
        )
    try:
        request = _request(engine, metrics, group_by, where, order_by, limit)
        return engine.explain(request).sql_statement.sql
    except InvalidQueryException as error:
        raise SemanticError(f"MetricFlow cannot answer this: {error}") from error


def _check_as_of(as_of: dt.date) -> None:
    with warehouse_engine().connect() as connection:
        built = connection.scalar(
            text("select as_of from ops.dbt_build where is_success order by build_id desc limit 1")
        )
    if built != as_of:
        stands = "have never been built" if built is None else f"stand as of {built}"
        raise SemanticError(f"The marts {stands}, not as of {as_of}: build them as of that day first.")


def _refuse_half(metrics: Sequence[str]) -> None:
    """Raise SemanticError where a feed behind one of the metrics did not come in for the newest marts."""
    with warehouse_engine().connect() as connection:
        newest = select(dbt_build.c.as_of).where(dbt_build.c.is_success).order_by(dbt_build.c.build_id.desc()).limit(1)
        as_of = connection.scalar(newest)
        missing = incomplete_contracts(connection, load_district(), as_of) if as_of is not None else {}
    for metric in metrics if missing else ():
        for contract in sorted(contracts_behind(metric) & set(missing)):
            raise SemanticError(f"{metric} is incomplete_feed: {missing[contract]}")


def query(
    metrics: Sequence[str],
    group_by: Sequence[str] = (),
    where: Sequence[str] = (),
    order_by: Sequence[str] = (),
    limit: int | None = None,
    as_of: dt.date | None = None,
) -> pd.DataFrame:
    """The metrics, one row per combination of `group_by`, in the order asked for.

    metrics: names from list_metrics. group_by: short names (`level`, `subgroup`, `year`) or MetricFlow's
    own (`school__level`, `metric_time__month`). where: `dimension = value`, or MetricFlow's template.
    order_by: a metric or group; a leading minus turns it round. as_of: the day on which the marts must
    stand; None takes them as they are. Columns carry MetricFlow's names.

    Raises SemanticError where the question cannot be answered, the marts stand on another day, a feed that the figures
    are made of did not come in, or several rows are behind a figure that does not add up.
    """
    counted = rows_behind(metrics)
    asked = [*metrics, *counted]
    answer = _answer(asked, compile_sql(asked, group_by, where, order_by, limit), as_of)
    for part, grain in counted.items():
        if (pd.to_numeric(answer[part]) > 1).any():
            raise SemanticError(_several(metrics, grain, group_by, where))
    return answer.drop(columns=list(counted))


def _several(metrics: Sequence[str], grain: Sequence[str], group_by: Sequence[str], where: Sequence[str]) -> str:
    """What to say of a question that leaves several rows behind a figure."""
    found = [CONDITION.match(given) for given in where]
    held = {one[1] for one in found if one is not None and one[2] == "="}
    fixed = {name.rpartition("__")[2] for name in [*group_by, *held]}
    left = [name for name in grain if name not in fixed] or ["more than one value of a filter"]
    return (
        f"{', '.join(metrics)}: there is one figure for each {', '.join(grain)}, and several cannot be put together. "
        f"Ask by these, or hold them fast with `name = value`; the question leaves open: {', '.join(left)}."
    )


def query_saved(name: str, as_of: dt.date | None = None) -> pd.DataFrame:
    """A saved query of the dbt project, one of the standard views; as_of as for `query`.

    Raises SemanticError where there is none of the name, and as `query` does.
    """
    return _answer(_saved(name).query_params.metrics, compile_saved(name), as_of)


def compile_saved(name: str) -> str:
    """The SQL of a saved query. Raises SemanticError where there is none of the name."""
    _saved(name)
    _, engine = load()
    request = MetricFlowQueryRequest.create(
        saved_query_name=name, output_column_order_mode=OutputColumnOrderMode.INPUT_ORDER
    )
    return engine.explain(request).sql_statement.sql


def saved_group_by(name: str) -> list[str]:
    """What a saved query is cut by, as the dbt project writes it. Raises SemanticError where there is none."""
    return list(_saved(name).query_params.group_by)


def _saved(name: str) -> SavedQuery:
    saved = {one.name: one for one in load()[0].saved_queries}
    if name not in saved:
        raise SemanticError(f"No saved query is called {name}. There are: {', '.join(sorted(saved)) or 'none'}.")
    return saved[name]


def _answer(metrics: Sequence[str], statement: str, as_of: dt.date | None) -> pd.DataFrame:
    _refuse_half(metrics)
    if as_of is not None:
        _check_as_of(as_of)
    with warehouse_engine().connect() as connection:
        # The statement holds its values already; a colon or per cent sign in one is not a parameter.
        result = connection.exec_driver_sql(statement.replace("%", "%%"))
        return pd.DataFrame(result.fetchall(), columns=list(result.keys()))
