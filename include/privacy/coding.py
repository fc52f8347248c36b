"""How a percentage of a small group is written, and what a reader can work back from it."""

from dataclasses import dataclass

from include.privacy.policy import Policy, PrivacyError


@dataclass(frozen=True)
class CodedShare:
    """A percentage as written, and the numerators (people, both ends included) that would be written so."""

    text: str
    low: int
    high: int

    @property
    def width(self) -> int:
        """How far apart the numerators are that the reader cannot tell apart, in people."""
        return self.high - self.low


def edge_percent(denominator: int, policy: Policy) -> int:
    """The percent at which groups of this many people are cut off; raises PrivacyError below min_cell."""
    if denominator < policy.min_cell:
        raise PrivacyError(f"A group of {denominator} has no percentage: it needs {policy.min_cell} people.")
    return next(band.percent for band in policy.bands if denominator <= band.most)


def coded_share(numerator: int, denominator: int, policy: Policy) -> CodedShare | None:
    """Write numerator ÷ denominator; None where the group has fewer than min_cell people.

    Up to the band's percent it is written ≤, from 100 less that percent on ≥, both included, otherwise as a whole
    percent with halves rounded up. Raises PrivacyError where the numerator is not between 0 and the denominator.
    """
    if not 0 <= numerator <= denominator:
        raise PrivacyError(f"{numerator} of {denominator} is no share: a numerator lies within its denominator.")
    if denominator < policy.min_cell:
        return None
    edge = edge_percent(denominator, policy)
    last_low = edge * denominator // 100
    first_high = denominator - last_low
    if numerator <= last_low:
        return CodedShare(f"≤{edge} %", 0, last_low)
    if numerator >= first_high:
        return CodedShare(f"≥{100 - edge} %", first_high, denominator)
    percent = _whole_percent(numerator, denominator)
    # The smallest count of which 100 x / n is at least percent - 1/2, and the largest below percent + 1/2. What the
    # codes would have taken is known not to be meant.
    low = max(-((1 - 2 * percent) * denominator // 200), last_low + 1)
    high = min(-((-1 - 2 * percent) * denominator // 200) - 1, first_high - 1)
    return CodedShare(f"{percent} %", low, high)


def _whole_percent(numerator: int, denominator: int) -> int:
    return (200 * numerator + denominator) // (2 * denominator)
