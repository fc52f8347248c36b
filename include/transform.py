"""Build the marts: one `dbt build` in this process, its results kept in ops."""

import datetime as dt
import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import OperationalError

from include.districts import load_district
from include.errors import SchoolhouseError
from include.landing.failures import incomplete_contracts
from include.settings import settings
from include.warehouse.engine import warehouse_engine, warehouse_url
from models.ops import dbt_build, dbt_result

log = logging.getLogger(__name__)

PROJECT = settings().root / "dbt_project"
SCHEMAS = ("staging", "intermediate", "marts", "seeds")
APPLICATION = "schoolhouse_dbt"
BUILD_LOCK = 0x5C4001
BAD_STATUSES = {"error", "fail", "runtime error", "partial success"}
TEST_TYPES = {"test", "unit_test"}
FIX = "How to fix:"
ROWS_SHOWN = 5


class TransformError(SchoolhouseError):
    """The build failed: names each node that failed and how to put it right."""


@dataclass(frozen=True)
class BuildResult:
    """What a build did. tests counts data and unit tests; failures are lines for a person to read."""

    is_success: bool
    models: int
    tests: int
    tests_failed: int
    failures: list[str] = field(default_factory=list)


def artifacts() -> Path:
    """Where dbt writes: a folder per district in the state folder, never in the project."""
    return settings().state / "dbt" / settings().district_path.name / str(warehouse_url().database)


def semantic_manifest() -> Path:
    """The file that MetricFlow reads, written by every parse and build."""
    return artifacts() / "target" / "semantic_manifest.json"


def variables(as_of: dt.date) -> dict[str, Any]:
    """dbt's variables: the as-of day, and the district's policy where dbt_project.yml knows the name."""
    known = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    policy = load_district().policy or {}
    chosen = {name: value for name, value in policy.items() if name in known and value is not None}
    return {**chosen, "as_of": as_of.isoformat()}


def _connect_environment() -> None:
    """profiles.yml reads the address of the warehouse from these."""
    url = warehouse_url()
    os.environ.update(
        SCHOOLHOUSE_DBT_HOST=url.host or "localhost",
        SCHOOLHOUSE_DBT_PORT=str(url.port or 5432),
        SCHOOLHOUSE_DBT_USER=url.username or "",
        SCHOOLHOUSE_DBT_PASSWORD=url.password or "",
        SCHOOLHOUSE_DBT_DATABASE=url.database or "",
    )


def _invoke(
    command: str, as_of: dt.date, incomplete: Sequence[str] = (), options: Sequence[str] = ()
) -> dbtRunnerResult:
    _connect_environment()
    target, logs = artifacts() / "target", artifacts() / "logs"
    target.mkdir(parents=True, exist_ok=True)
    return dbtRunner().invoke(
        [
            "--no-use-colors",
            "--no-send-anonymous-usage-stats",
            "--no-version-check",
            "--log-level",
            "none",
            "--log-level-file",
            "info",
            "--log-path",
            str(logs),
            command,
            "--project-dir",
            str(PROJECT),
            "--profiles-dir",
            str(PROJECT),
            "--target-path",
            str(target),
            "--vars",
            json.dumps({**variables(as_of), "incomplete_contracts": list(incomplete)}),
            *options,
        ]
    )


def parse(as_of: dt.date = dt.date.max) -> None:
    """Read the whole dbt project and write the semantic manifest; touches no table.

    Raises TransformError with dbt's own words where the project cannot be read.
    """
    done = _invoke("parse", as_of)
    if not done.success:
        raise TransformError(f"dbt cannot read the project in {PROJECT}:\n{done.exception}")


@contextmanager
def _alone() -> Iterator[Connection]:
    """Only one build at a time works on a warehouse.

    The lock belongs to the session, so a killed build gives it up with its connection.
    """
    with warehouse_engine().connect() as connection:
        if not connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": BUILD_LOCK}):
            raise TransformError("Another build is working on this warehouse. Wait for it to end, then run again.")
        connection.commit()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": BUILD_LOCK})
            connection.commit()


def _clear_remains(connection: Connection) -> None:
    """Remove what a killed build left: sessions that still work for it, and half-made relations."""
    connection.execute(
        text(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and application_name = :name"
        ),
        {"name": APPLICATION},
    )
    remains = connection.execute(
        text(
            "select format('%I.%I', n.nspname, c.relname), c.relkind "
            "from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = any(:schemas) and c.relkind in ('r', 'v') "
            r"and (c.relname like '%\_\_dbt\_tmp%' or c.relname like '%\_\_dbt\_backup%')"
        ),
        {"schemas": list(SCHEMAS)},
    ).all()
    for name, kind in remains:
        connection.execute(text(f"drop {'view' if kind == 'v' else 'table'} if exists {name} cascade"))
    connection.commit()


def _rows_at_fault(result: Any) -> str:
    """The first rows that a failing data test found: they name the code, school or account to look at."""
    statement = getattr(result.node, "compiled_code", None)
    if str(result.node.resource_type) != "test" or str(result.status) != "fail" or not statement:
        return ""
    with warehouse_engine().connect() as connection:
        found = connection.exec_driver_sql(f"select * from ({statement}) as failing limit {ROWS_SHOWN}").mappings()
        return "; ".join(", ".join(f"{name} {value}" for name, value in row.items()) for row in found)


def _failure(result: Any) -> str:
    description = " ".join((getattr(result.node, "description", "") or "").split())
    fix = description.partition(FIX)[2].strip()
    message = " ".join((result.message or "no message").split())
    rows = _rows_at_fault(result)
    line = f"{result.node.resource_type} {result.node.name}: {message}{f' ({rows})' if rows else ''}."
    return f"{line} {FIX} {fix}" if fix else line


def _summary(results: list[Any]) -> BuildResult:
    bad = [result for result in results if str(result.status) in BAD_STATUSES]
    tests = [result for result in results if str(result.node.resource_type) in TEST_TYPES]
    return BuildResult(
        is_success=not bad,
        models=sum(1 for result in results if str(result.node.resource_type) == "model"),
        tests=len(tests),
        tests_failed=sum(1 for result in tests if str(result.status) in BAD_STATUSES),
        failures=[_failure(result) for result in bad],
    )


def _record(as_of: dt.date, started_at: dt.datetime, results: list[Any], summary: BuildResult) -> None:
    with warehouse_engine().begin() as connection:
        build_id = connection.scalar(
            insert(dbt_build)
            .values(
                as_of=as_of,
                started_at=started_at,
                finished_at=dt.datetime.now(dt.UTC),
                is_success=summary.is_success,
                models=summary.models,
                tests=summary.tests,
                tests_failed=summary.tests_failed,
            )
            .returning(dbt_build.c.build_id)
        )
        connection.execute(
            insert(dbt_result),
            [
                {
                    "build_id": build_id,
                    "unique_id": result.node.unique_id,
                    "resource_type": str(result.node.resource_type),
                    "status": str(result.status),
                    "seconds": round(result.execution_time, 3),
                    "rows_affected": _rows(result),
                    "message": result.message,
                }
                for result in results
            ],
        )


def _rows(result: Any) -> int | None:
    rows = (result.adapter_response or {}).get("rows_affected")
    return rows if isinstance(rows, int) and rows >= 0 else None


def build(as_of: dt.date, *, has_unit_tests: bool = False) -> BuildResult:
    """Build and test every model as of a day, and keep the results in ops.dbt_build and ops.dbt_result.

    has_unit_tests: run dbt's unit tests too. They hold the code against worked cases and know nothing of the
    district's data, so a night leaves them out and the project's own tests run them.

    The same landing rows and the same day give the same tables. A killed build leaves no lock and nothing
    that the next one does not replace.

    Raises TransformError naming each failing node and how to fix it, or where another build is at work.
    """
    started_at = dt.datetime.now(dt.UTC)
    try:
        with _alone() as connection:
            _clear_remains(connection)
            incomplete = incomplete_contracts(connection, load_district(), as_of)
            connection.commit()
            for reason in incomplete.values():
                log.warning("incomplete: %s", reason)
            options = () if has_unit_tests else ("--exclude-resource-type", "unit_test")
            done = _invoke("build", as_of, incomplete=sorted(incomplete), options=options)
    except OperationalError as error:
        raise TransformError(f"The warehouse cannot be reached: {error.orig}") from error
    if not isinstance(done.result, RunExecutionResult):
        raise TransformError(f"dbt stopped before it built anything:\n{done.exception}")
    results = [result for result in done.result.results if result.node is not None]
    summary = _summary(results)
    _record(as_of, started_at, results, summary)
    if not summary.is_success:
        shown = "\n".join(f"- {line}" for line in summary.failures)
        raise TransformError(
            f"The build as of {as_of} failed in {len(summary.failures)} places; what depends on them was left "
            f"as it was.\n{shown}\nThe full log: {artifacts() / 'logs' / 'dbt.log'}"
        )
    log.info("built %s models, %s tests passed, as of %s", summary.models, summary.tests, as_of)
    return summary
