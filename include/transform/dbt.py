"""Run dbt in this process: where it writes, what it is told, where the warehouse is."""

import datetime as dt
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult

from include.districts import load_district
from include.errors import SchoolhouseError
from include.settings import settings
from include.warehouse.engine import warehouse_url

PROJECT = settings().root / "dbt_project"
SCHEMAS = ("staging", "intermediate", "marts", "seeds")


class TransformError(SchoolhouseError):
    """The build failed: names each node that failed and how to put it right."""


def artifacts(edition: str = "") -> Path:
    """Where dbt writes: a folder per district in the state folder, never in the project.

    edition: name of a set of marts beside the current ones, see include/transform/edition.py.
    """
    folder = settings().state / "dbt" / settings().district_path.name / str(warehouse_url().database)
    return folder / edition if edition else folder


def semantic_manifest() -> Path:
    """The file that MetricFlow reads, written by every parse and build of the current marts."""
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


def invoke(
    command: str, given: Mapping[str, Any], options: Sequence[str] = (), folder: Path | None = None
) -> dbtRunnerResult:
    """Run one dbt command on the project with these variables; it prints nothing and logs to a file.

    folder: where dbt writes; None is that of the current marts.
    """
    _connect_environment()
    folder = folder or artifacts()
    target, logs = folder / "target", folder / "logs"
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
            *command.split(),
            "--project-dir",
            str(PROJECT),
            "--profiles-dir",
            str(PROJECT),
            "--target-path",
            str(target),
            "--vars",
            json.dumps(dict(given)),
            *options,
        ]
    )


def parse(as_of: dt.date = dt.date.max) -> None:
    """Read the whole dbt project and write the semantic manifest; touches no table.

    Raises TransformError with dbt's own words where the project cannot be read.
    """
    done = invoke("parse", variables(as_of))
    if not done.success:
        raise TransformError(f"dbt cannot read the project in {PROJECT}:\n{done.exception}")


def write_docs() -> Path:
    """Write the pages of every model, column, test and metric as one file; touches no table. Returns its path.

    Raises TransformError with dbt's own words where the project cannot be read.
    """
    folder = artifacts() / "docs"
    # Without compiling, dbt takes the manifest that a parse has written.
    for command, options in (("parse", ()), ("docs generate", ("--static", "--empty-catalog", "--no-compile"))):
        done = invoke(command, variables(dt.date.max), options, folder)
        if not done.success:
            raise TransformError(f"dbt cannot document the project in {PROJECT}:\n{done.exception}")
    return folder / "target" / "static_index.html"
