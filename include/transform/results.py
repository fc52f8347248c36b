"""What a build did, for a person to read and for ops to keep."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from include.warehouse.engine import warehouse_engine
from models.ops import dbt_build, dbt_result

BAD_STATUSES = {"error", "fail", "runtime error", "partial success"}
TEST_TYPES = {"test", "unit_test"}
FIX = "How to fix:"
ROWS_SHOWN = 5


@dataclass(frozen=True)
class BuildResult:
    """What a build did. tests counts data and unit tests; failures are lines for a person to read."""

    is_success: bool
    models: int
    tests: int
    tests_failed: int
    failures: list[str] = field(default_factory=list)


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


def summary_of(results: list[Any]) -> BuildResult:
    """Count dbt's results and say of each failure what it means."""
    bad = [result for result in results if str(result.status) in BAD_STATUSES]
    tests = [result for result in results if str(result.node.resource_type) in TEST_TYPES]
    return BuildResult(
        is_success=not bad,
        models=sum(1 for result in results if str(result.node.resource_type) == "model"),
        tests=len(tests),
        tests_failed=sum(1 for result in tests if str(result.status) in BAD_STATUSES),
        failures=[_failure(result) for result in bad],
    )


def record(as_of: dt.date, started_at: dt.datetime, results: list[Any], summary: BuildResult) -> None:
    """Keep a build and its results in ops.dbt_build and ops.dbt_result."""
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
