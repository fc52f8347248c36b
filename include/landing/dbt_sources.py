"""dbt's source YAML, written from the landing contracts: `python -m include.landing.dbt_sources` rewrites it."""

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from include.settings import ROOT
from models.landing import CONTRACTS
from models.landing.contract import SCHEMA, contract_columns, rules_of

STAGING = ROOT / "dbt_project" / "models" / "staging"
LOADER_COLUMNS = ("_feed", "_key", "_load_id", "_line", "_known_on", "_superseded_on")
HEADER = (
    "# Written by `python -m include.landing.dbt_sources` from the contracts in models/landing;\n"
    "# change the contract, not this file.\n"
)


def _column(column: Column[Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": str(column.name),
        "description": column.comment or "",
        "data_type": column.type.compile(dialect=postgresql.dialect()).lower(),
    }
    allowed = column.info.get("allowed")
    if allowed:
        entry["config"] = {"meta": {"allowed": list(allowed)}}
    return entry


def _table(table: Table) -> dict[str, Any]:
    rules = rules_of(table)
    columns = contract_columns(table) + [table.c[name] for name in LOADER_COLUMNS]
    return {
        "name": str(table.name),
        "description": f"{rules.doc} Every version is kept; the current one has no _superseded_on.",
        "config": {"meta": {"key": list(rules.key), "posted": rules.posted, "event": rules.event}},
        "columns": [_column(column) for column in columns],
    }


def source_files() -> dict[Path, str]:
    """The text of every `_sources.yml`, by the path where it belongs: one file per domain of contracts."""
    by_domain: dict[str, list[Table]] = {}
    for name, table in CONTRACTS.items():
        by_domain.setdefault(name.split(".", 1)[0], []).append(table)
    files = {}
    for domain, tables in sorted(by_domain.items()):
        document = {
            "sources": [
                {
                    "name": domain,
                    "description": f"Landed {domain} feeds, as the contracts in models/landing describe them.",
                    "schema": SCHEMA,
                    "tables": [_table(table) for table in tables],
                }
            ]
        }
        body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
        files[STAGING / domain / "_sources.yml"] = HEADER + body
    return files


def differences() -> list[str]:
    """What is wrong with the files on disk: a path and a reason each; empty where all agree."""
    expected = source_files()
    problems = [f"{path}: missing" for path in expected if not path.exists()]
    problems += [
        f"{path}: differs from the contracts"
        for path, body in expected.items()
        if path.exists() and path.read_text() != body
    ]
    problems += [f"{path}: no contract" for path in sorted(STAGING.glob("*/_sources.yml")) if path not in expected]
    return problems


def write() -> list[Path]:
    """Rewrite every file that differs and return the paths that were written."""
    written = []
    for path, body in source_files().items():
        if not path.exists() or path.read_text() != body:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
            written.append(path)
    return written


if __name__ == "__main__":
    for changed in write():
        print(f"written: {changed.relative_to(ROOT)}")
