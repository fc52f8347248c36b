"""Build the marts: one `dbt build` in this process, its results kept in ops."""

import datetime as dt
import logging
from typing import Any

from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunnerResult
from sqlalchemy.exc import OperationalError

from include.districts import load_district
from include.landing.failures import incomplete_contracts
from include.transform.changes import begin, changes, fingerprint, note_start, standing
from include.transform.dbt import SCHEMAS, TransformError, artifacts, variables
from include.transform.lock import alone, clear_remains
from include.transform.project import parse, run_build
from include.transform.results import BuildResult, record, summary_of

log = logging.getLogger(__name__)

EVERYTHING = ("--full-refresh",)
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


def build(as_of: dt.date, *, is_full: bool = False, has_unit_tests: bool = False) -> BuildResult:
    """Build and test every model as of a day, and keep the results in ops.dbt_build and ops.dbt_result.

    Where nothing at all has landed since a build of the same day by the same definitions, its marts stand.

    is_full: make everything anew, instead of adding to facts that grow what is new since the last build.
    has_unit_tests: run dbt's unit tests too. They hold the code against worked cases and know nothing of the
    district's data, so a night leaves them out and the project's own tests run them.

    The same landing rows and the same day give the same tables. A killed build leaves no lock and nothing
    that the next one does not replace.

    Raises TransformError naming each failing node and how to fix it, or where another build is at work.
    """
    try:
        with alone() as connection:
            started_at = begin(connection)
            clear_remains(connection, SCHEMAS)
            incomplete = incomplete_contracts(connection, load_district(), as_of)
            connection.commit()
            for reason in incomplete.values():
                log.warning("incomplete: %s", reason)
            made_with = fingerprint()
            kept = None if is_full or has_unit_tests else standing(connection, as_of, made_with, incomplete)
            if kept is not None:
                log.info("nothing has landed since the build of %s: the marts stand", kept.finished_at)
                # For metrics, which a look at other definitions may have left with those.
                parse()
                return BuildResult(True, kept.models, kept.tests, 0)
            new = {} if is_full else changes(connection, as_of, made_with)
            note_start(connection, as_of, started_at, made_with, incomplete)
            connection.commit()
            options = (*(() if new else EVERYTHING), *(() if has_unit_tests else WITHOUT_UNIT_TESTS))
            done = run_build({**variables(as_of, incomplete), **new}, options)
    except OperationalError as error:
        raise TransformError(f"The warehouse cannot be reached: {error.orig}") from error
    results = results_of(done)
    summary = summary_of(results)
    record(as_of, started_at, results, summary)
    refuse_failure(summary, as_of)
    log.info("built %s models, %s tests passed, as of %s", summary.models, summary.tests, as_of)
    return summary


def results_of(done: dbtRunnerResult) -> list[Any]:
    """What became of each node. Raises TransformError where dbt stopped before it began."""
    if not isinstance(done.result, RunExecutionResult):
        raise TransformError(f"dbt stopped before it built anything:\n{done.exception}")
    return [result for result in done.result.results if result.node is not None]


def refuse_failure(summary: BuildResult, as_of: dt.date, edition: str = "") -> None:
    """Raise TransformError where a node failed, with all that failed and how to put it right."""
    if summary.is_success:
        return
    shown = "\n".join(f"- {line}" for line in summary.failures)
    raise TransformError(
        f"The build as of {as_of} failed in {len(summary.failures)} places; what depends on them was left "
        f"as it was.\n{shown}\nThe full log: {artifacts(edition) / 'logs' / 'dbt.log'}"
    )
