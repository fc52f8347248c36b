"""Run dbt in this process: where it writes, what it is told, where the warehouse is."""

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from include.access.keys import pseudonyms
from include.districts import load_district
from include.errors import SchoolhouseError
from include.settings import settings
from include.warehouse.engine import quoted_role, warehouse_url

PROJECT = settings().root / "dbt_project"
# Variables that change by the night; everything else is settled when the project is read.
NIGHTLY = ("as_of", "incomplete_contracts", "changed_since", "changed_years")
DEFINITIONS = ("*.sql", "*.yml", "*.csv")
# The project as dbt has read it, and the hash of the files that it has read.
DIGEST = "definitions.sha256"
READ = ("partial_parse.msgpack", DIGEST)
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
    """The file that MetricFlow reads, written by every parse and build of the current marts."""
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


def definitions() -> str:
    """Hash of everything in the dbt project that can change a figure: models, macros, seeds, settings."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in DEFINITIONS for path in PROJECT.rglob(pattern)):
        digest.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


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

    folder: where dbt writes; None is that of the current marts. manifest: the project as parsed; None parses it.
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


def run_build(given: Mapping[str, Any], options: Sequence[str] = (), folder: Path | None = None) -> dbtRunnerResult:
    """Run `dbt build` with these variables.

    dbt reads the whole project anew when any variable has changed, and the day changes every night. What changes
    by the night only stands in SQL, which is compiled afterwards, so the project is read without it.

    dbt works with the rights of the role transformer, to which everything that it makes belongs.
    """
    os.environ["SCHOOLHOUSE_DBT_ROLE"] = quoted_role("transformer")
    with pseudonyms("marts"):
        return _build(given, options, folder)


def _build(given: Mapping[str, Any], options: Sequence[str], folder: Path | None) -> dbtRunnerResult:
    lasting = {name: value for name, value in given.items() if name not in NIGHTLY}
    # The build writes the manifests again.
    read = _read(lasting, folder, ("--no-write-json",))
    if not isinstance(read.result, Manifest):
        return read
    return invoke("build", given, options, folder, read.result)


def _read(given: Mapping[str, Any], folder: Path | None = None, options: Sequence[str] = ()) -> dbtRunnerResult:
    """Run `dbt parse`; a project of which nothing has changed since is taken as it was read then.

    dbt can read only the files that changed, but a changed YAML file then keeps the metrics of its former text
    (dbt 1.12) and two have one name. So it is all or nothing, by the hash of all the files.
    """
    seen = (folder or artifacts()) / "target" / DIGEST
    current = definitions()
    is_known = seen.is_file() and seen.read_text() == current
    seen.unlink(missing_ok=True)
    done = invoke("parse", given, ("--partial-parse" if is_known else "--no-partial-parse", *options), folder)
    if done.success:
        seen.write_text(current)
    return done


def parse() -> None:
    """Read the dbt project and write the semantic manifest; touches no table.

    Raises TransformError with dbt's own words where the project cannot be read.
    """
    _succeed(_read(policy()), "read")


def write_docs() -> Path:
    """Write the pages of every model, column, test and metric as one file; touches no table. Returns its path.

    Raises TransformError with dbt's own words where the project cannot be read.
    """
    folder = artifacts() / "docs"
    # Of its own, since a build may write the other one meanwhile; what was read for the marts is read for it too.
    target = folder / "target"
    target.mkdir(parents=True, exist_ok=True)
    for name in READ:
        if (read := artifacts() / "target" / name).is_file():
            shutil.copyfile(read, target / name)
    # Without compiling, dbt takes the manifest that a parse has written.
    _succeed(_read(policy(), folder), "read")
    _succeed(invoke("docs generate", policy(), ("--static", "--empty-catalog", "--no-compile"), folder), "document")
    return folder / "target" / "static_index.html"


def _succeed(done: dbtRunnerResult, verb: str) -> None:
    if not done.success:
        raise TransformError(f"dbt cannot {verb} the project in {PROJECT}:\n{done.exception}")
