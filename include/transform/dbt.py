"""Run one dbt command in this process: where it writes, what it is told, where the warehouse is."""

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from include.districts import load_district
from include.errors import SchoolhouseError
from include.settings import settings
from include.warehouse.engine import warehouse_url

PROJECT = settings().root / "dbt_project"
SCHEMAS = ("staging", "intermediate", "marts", "identity", "seeds")


class TransformError(SchoolhouseError):
    """The build failed: names each node that failed and how to put it right."""


def artifacts(edition: str = "") -> Path:
    """Where dbt writes: a folder per district in the state folder, never in the project.

    edition: name of a set of marts beside the current ones, see include/transform/edition.py.
    """
    folder = settings().state / "dbt" / settings().district_path.name / str(warehouse_url().database)
    return folder / edition if edition else folder


def semantic_manifest() -> Path:
    """The file that MetricFlow reads, written whenever the current marts are built, or found to stand, and by parse."""
    return artifacts() / "target" / "semantic_manifest.json"


def defaults() -> dict[str, Any]:
    """dbt's variables as dbt_project.yml sets them."""
    return yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]


def policy() -> dict[str, Any]:
    """dbt's variables that last: the district's policy where dbt_project.yml knows the name."""
    known, chosen = defaults(), load_district().policy or {}
    return {name: value for name, value in chosen.items() if name in known and value is not None}


def variables(as_of: dt.date, incomplete: Iterable[str]) -> dict[str, Any]:
    """dbt's variables of one night: the policy, the as-of day, and the contracts whose feeds did not come in."""
    return {**policy(), "as_of": as_of.isoformat(), "incomplete_contracts": sorted(incomplete)}


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
    command: str,
    given: Mapping[str, Any],
    options: Sequence[str] = (),
    folder: Path | None = None,
    manifest: Manifest | None = None,
) -> dbtRunnerResult:
    """Run one dbt command on the project with these variables; it prints nothing and logs to a file.

    folder: where dbt writes; None is that of the current marts. manifest: the project as read; None reads it.
    """
    _connect_environment()
    folder = folder or artifacts()
    target, logs = folder / "target", folder / "logs"
    target.mkdir(parents=True, exist_ok=True)
    return dbtRunner(manifest).invoke(
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
