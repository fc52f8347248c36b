"""dbt's YAML of sources and staging models, written from the landing contracts.

`python -m include.landing.dbt_sources` rewrites it.
"""

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
# Columns that a staging model calls otherwise than its contract.
RENAMED = {("sis.school", "name"): "school_name", ("plans.school_target", "school_year"): "target_year"}
KNOWN_ON = (
    "Day this version became known: the day of its load; for what came on the feed's first day, the day it was posted,"
    " else the day of the event plus the contract's lag, else 1900-01-01."
)
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


def _row_key(contract: str, key: tuple[str, ...]) -> str:
    if not key:
        return "md5 of all that the line says and of the number of its copy: identical lines are all kept."
    names = ", ".join(RENAMED.get((contract, name), name) for name in key)
    return f"md5 of the key ({names}): versions with the same feed and row_key are of the same row."


def _model(contract: str, name: str, table: Table) -> dict[str, Any]:
    """A staging model: its contract's columns, then those of the house, which every staging model has."""
    rules = rules_of(table)
    words = {
        RENAMED.get((contract, str(column.name)), str(column.name)): column.comment or ""
        for column in contract_columns(table)
    }
    words |= {
        "known_on": KNOWN_ON,
        "superseded_on": table.c["_superseded_on"].comment or "",
        "feed": table.c["_feed"].comment or "",
        "row_key": _row_key(contract, rules.key),
    }
    return {
        "name": name,
        "description": f"{rules.doc} Every version that landed under the contract {contract} is here;"
        " the current one has no superseded_on.",
        "columns": [{"name": column, "description": text} for column, text in words.items()],
    }


def _text(document: dict[str, Any]) -> str:
    return HEADER + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def yaml_files() -> dict[Path, str]:
    """The text of every `_sources.yml` and `_models.yml` of staging, by the path where it belongs.

    One of each per domain of contracts; the second where the domain has staging models.
    """
    by_domain: dict[str, dict[str, Table]] = {}
    for contract, table in CONTRACTS.items():
        by_domain.setdefault(contract.split(".", 1)[0], {})[contract] = table
    files = {}
    for domain, tables in sorted(by_domain.items()):
        document = {
            "sources": [
                {
                    "name": domain,
                    "description": f"Landed {domain} feeds, as the contracts in models/landing describe them.",
                    "schema": SCHEMA,
                    "tables": [_table(table) for table in tables.values()],
                }
            ]
        }
        files[STAGING / domain / "_sources.yml"] = _text(document)
        named = {contract: f"stg_{contract.replace('.', '__')}" for contract in tables}
        models = [
            _model(contract, name, tables[contract])
            for contract, name in named.items()
            if (STAGING / domain / f"{name}.sql").exists()
        ]
        if models:
            files[STAGING / domain / "_models.yml"] = _text({"models": models})
    return files


def differences() -> list[str]:
    """What is wrong with the files on disk: a path and a reason each; empty where all agree."""
    expected = yaml_files()
    problems = [f"{path}: missing" for path in expected if not path.exists()]
    problems += [
        f"{path}: differs from the contracts"
        for path, body in expected.items()
        if path.exists() and path.read_text() != body
    ]
    problems += [f"{path}: no contract" for path in sorted(STAGING.glob("*/_*.yml")) if path not in expected]
    return problems


def write() -> list[Path]:
    """Rewrite every file that differs and return the paths that were written."""
    written = []
    for path, body in yaml_files().items():
        if not path.exists() or path.read_text() != body:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
            written.append(path)
    return written


if __name__ == "__main__":
    for changed in write():
        print(f"written: {changed.relative_to(ROOT)}")
