"""One drift check and the verdict of many."""

from collections.abc import Iterable
from dataclasses import dataclass

PASS, WARN, HOLD, BLOCK, NO_REFERENCE = "pass", "warn", "hold", "block", "no_reference"


@dataclass(frozen=True)
class Check:
    """One row of ml.drift_check. feature: what was checked, '' for the whole."""

    layer: str
    check: str
    feature: str
    value: float | None
    threshold: float | None
    verdict: str
    message: str


def verdict_of(checks: Iterable[Check]) -> str:
    """block before hold before pass; without anything to compare with, a person must decide: hold."""
    found = {check.verdict for check in checks}
    if BLOCK in found:
        return BLOCK
    return HOLD if found & {HOLD, NO_REFERENCE} else PASS


def failing(checks: Iterable[Check]) -> list[str]:
    """What stands against a release, blocks first, one line each."""
    order = (BLOCK, HOLD, NO_REFERENCE)
    bad = [check for check in checks if check.verdict in order]
    bad.sort(key=lambda check: (order.index(check.verdict), check.layer, check.check, check.feature))
    return [f"{check.verdict}: {check.message}" for check in bad]
