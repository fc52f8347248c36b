"""What a metric is made of, from the manifest that dbt wrote with the last build."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from include import transform
from models.landing import CONTRACTS


@cache
def _parents(path: Path, changed_at: int) -> dict[str, list[str]]:
    """Parents by node, without those that a model is right without (macros/feeds.sql)."""
    manifest: dict[str, Any] = json.loads(path.read_text())

    def needed(name: str, parents: list[str]) -> list[str]:
        meta = manifest["nodes"].get(name, {}).get("config", {}).get("meta", {})
        return [parent for parent in parents if parent.rpartition(".")[2] not in meta.get("optional_parents", [])]

    return {name: needed(name, parents) for name, parents in manifest["parent_map"].items()}


def contracts_behind(metric: str) -> set[str]:
    """Landing contracts, as `sis.school`, that a metric's figures come from; empty before the first build."""
    path = transform.semantic_manifest().with_name("manifest.json")
    if not path.exists():
        return set()
    parents = _parents(path, path.stat().st_mtime_ns)
    waiting, seen = [name for name in parents if name.split(".")[0::2] == ["metric", metric]], set()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting += parents.get(node, [])
    tables = {node.rpartition(".")[2] for node in seen if node.startswith("source.")}
    return {contract for contract, table in CONTRACTS.items() if table.name in tables}
