"""The dbt project as dbt has read it, and what is done with all of it: build, document, tell MetricFlow.

To read it takes dbt seconds, and it would do so anew for each new day, warehouse, port or edition. What it has read
is therefore kept for each set of files and lasting variables; where the tables go, and the day, come afterwards.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder, write_manifest

from include.access.keys import pseudonyms
from include.settings import settings
from include.transform.dbt import PROJECT, TransformError, artifacts, invoke, policy
from include.warehouse.engine import quoted_role, warehouse_url

# Variables that stand in SQL alone, which is compiled after the project was read.
NIGHTLY = ("as_of", "incomplete_contracts", "changed_since", "changed_years")
DEFINITIONS = ("*.sql", "*.yml", "*.csv")
PACKAGES = ("dbt-core", "dbt-adapters", "dbt-postgres")
# Where dbt leaves what it has read.
PARSED = "partial_parse.msgpack"
# Districts of one machine differ in their policy, and a developer goes to and fro between two states of a file.
KEPT = 8


def definitions() -> str:
    """Hash of everything in the dbt project that can change a figure: models, macros, seeds, settings."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in DEFINITIONS for path in PROJECT.rglob(pattern)):
        digest.update(f"{path.relative_to(PROJECT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read(given: Mapping[str, Any], edition: str = "") -> Manifest:
    """The project with these variables, its tables placed in the warehouse's database and the edition's schemas.

    Raises TransformError with dbt's own words where the project cannot be read.
    """
    lasting = {name: value for name, value in given.items() if name not in NIGHTLY}
    # The macros of dbt's own packages are in what it has read.
    versions = [f"{name} {version(name)}" for name in PACKAGES]
    known = " ".join([*versions, definitions(), json.dumps(lasting, sort_keys=True)])
    kept = settings().state / "dbt" / "read" / f"{hashlib.sha256(known.encode()).hexdigest()[:32]}.msgpack"
    if not kept.is_file():
        _parse(lasting, kept)
    manifest = Manifest.from_msgpack(kept.read_bytes(), decoder=extended_mashumuro_decoder)
    _place(manifest, str(warehouse_url().database), edition)
    manifest.build_flat_graph()
    return manifest


def _parse(lasting: Mapping[str, Any], kept: Path) -> None:
    """Let dbt read the project from nothing, and keep what it has read."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        _succeed(invoke("parse", lasting, ("--no-partial-parse", "--no-write-json"), Path(folder)), "read")
        # Whole or not at all: a killed command, or one beside this one, leaves no half file.
        (Path(folder) / "target" / PARSED).replace(kept)
    # Another command may take some away meanwhile.
    with suppress(FileNotFoundError):
        newest = sorted(kept.parent.glob("*.msgpack"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in newest[KEPT:]:
            old.unlink()


def _place(manifest: Manifest, database: str, edition: str) -> None:
    """Say in which database and schema each table is; an edition's schemas end with its name."""
    ending = f"_{edition}" if edition else ""
    for node in manifest.nodes.values():
        node.database = database
        if node.relation_name:
            node.schema += ending
            node.relation_name = f'"{database}"."{node.schema}"."{node.alias}"'
    for source in manifest.sources.values():
        source.database = database
        source.relation_name = f'"{database}"."{source.schema}"."{source.identifier}"'
    for semantic_model in manifest.semantic_models.values():
        relation = semantic_model.node_relation
        if relation is not None:
            relation.database = database
            relation.schema_name += ending
            relation.relation_name = f'"{database}"."{relation.schema_name}"."{relation.alias}"'


def parse() -> None:
    """Read the dbt project and write the manifests; touches no table.

    Raises TransformError with dbt's own words where the project cannot be read.
    """
    _write_manifests(artifacts())


def _write_manifests(folder: Path) -> Manifest:
    manifest = read(policy())
    # Writes nothing, since the project is read already, but what is written next is written by its flags.
    _succeed(invoke("parse", policy(), (), folder, manifest), "read")
    write_manifest(manifest, str(folder / "target"))
    return manifest


def run_build(given: Mapping[str, Any], options: Sequence[str] = (), edition: str = "") -> dbtRunnerResult:
    """Run `dbt build` with these variables, with the rights of the role transformer, to which all it makes belongs.

    Raises TransformError where the project cannot be read.
    """
    os.environ["SCHOOLHOUSE_DBT_ROLE"] = quoted_role("transformer")
    manifest = read(given, edition)
    with pseudonyms("marts"):
        return invoke("build", given, options, artifacts(edition), manifest)


def write_docs() -> Path:
    """Write the pages of every model, column, test and metric as one file; touches no table. Returns its path.

    Raises TransformError with dbt's own words where the project cannot be read.
    """
    # Of its own, since a build may write the other one meanwhile.
    folder = artifacts() / "docs"
    # Without compiling, dbt takes the manifest that lies in its folder.
    manifest = _write_manifests(folder)
    options = ("--static", "--empty-catalog", "--no-compile")
    _succeed(invoke("docs generate", policy(), options, folder, manifest), "document")
    return folder / "target" / "static_index.html"


def _succeed(done: dbtRunnerResult, verb: str) -> None:
    if not done.success:
        raise TransformError(f"dbt cannot {verb} the project in {PROJECT}:\n{done.exception}")
