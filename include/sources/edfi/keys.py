"""Natural keys of deleted rows, put back where the mapping looks for them.

`/deletes` and `/keyChanges` give a key flat (`studentUniqueId`), the resource has it inside references
(`studentReference.studentUniqueId`). A reference in a role gives its role to the name, as
`programReference.educationOrganizationId` is `programEducationOrganizationId`, and what both say is said once, as
`gradingPeriodReference.periodSequence` is `gradingPeriodSequence`.
"""

import re
from collections.abc import Mapping
from typing import Any

from include.districts.protocols import OPERATION, EdfiFeed


def key_names(feed: EdfiFeed, values: Mapping[str, Any]) -> dict[str, str] | None:
    """For each member that the landed key is made of, its name among the natural key's `values`.

    None where one of them is not there: the key then does not say which landed row it means.
    """
    named = {}
    for path in feed.key_sources():
        found = next((name for name in _flat_names(path) if values.get(name) is not None), None)
        if found is None:
            return None
        named[path] = found
    return named


def deletion(named: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The record that ends the landed row: its key as the resource would have it, and the mark."""
    record: dict[str, Any] = {OPERATION: "delete"}
    for path, name in named.items():
        *above, last = path.split(".")
        inside = record
        for step in above:
            inside = inside.setdefault(step, {})
        inside[last] = values[name]
    return record


def _flat_names(path: str) -> list[str]:
    """What the member may be called in a flat key, the most telling name first."""
    *above, last = path.split(".")
    if not above:
        return [last]
    role = above[-1].removesuffix("Reference")
    capital = last[0].upper() + last[1:]
    words = re.findall(r"[A-Z][^A-Z]*|^[^A-Z]+", role)
    tails = ["".join(words[start:]) for start in range(1, len(words))]
    shared = [role + capital.removeprefix(tail) for tail in tails if capital.startswith(tail)]
    return [role + capital, *shared, last]
