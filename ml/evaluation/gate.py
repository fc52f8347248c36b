"""The right to ship: a model that does not beat the simple baselines at the seats stays at home."""

from dataclasses import dataclass

from ml.training.outcome import BOOSTING, LOGISTIC

RANDOM, LAST_YEAR, ABC_RULE = "random", "last_year_outcome", "abc_rule"
METHODS = (RANDOM, LAST_YEAR, ABC_RULE, LOGISTIC, BOOSTING)
# Each candidate against everything simpler than itself, the strongest candidate first.
SIMPLER = {BOOSTING: (RANDOM, LAST_YEAR, ABC_RULE, LOGISTIC), LOGISTIC: (RANDOM, LAST_YEAR, ABC_RULE)}


@dataclass(frozen=True)
class Gain:
    """Gain in precision at the seats of a candidate over the best simple baseline, with its interval."""

    candidate: str
    against: str
    value: float | None
    low: float | None
    high: float | None

    @property
    def is_proven(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.low is not None and self.low > 0


def best_simple(candidate: str, precision: dict[str, float | None]) -> str:
    """The simpler method with the highest precision; the simplest of equals."""
    return max(SIMPLER[candidate], key=lambda name: precision.get(name) or 0.0)


def winner(gains: dict[str, Gain]) -> str:
    """The first candidate whose gain is proven, else the rule."""
    for candidate in SIMPLER:
        if candidate in gains and gains[candidate].is_proven:
            return candidate
    return ABC_RULE
