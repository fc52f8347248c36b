"""The thresholds of disclosure, and the error of this package."""

from dataclasses import dataclass

from include.errors import SchoolhouseError


class PrivacyError(SchoolhouseError):
    """Tables cannot be judged as they were described: says which cell or relation, and what to change."""


@dataclass(frozen=True)
class Band:
    """Percentages of groups of up to `most` people are shown no nearer to 0 or 100 than `percent`."""

    most: float
    percent: int


@dataclass(frozen=True)
class Policy:
    """Thresholds in people.

    A count of 1 to min_cell - 1 people is sensitive, and no withheld count may be narrowed to a range of fewer than
    min_cell. Where everybody in a group is counted (the complement is zero), `is_everyone_hidden` treats the
    complement as sensitive too: "all of them" says something of each of them, and were it written while 1 to
    min_cell - 1 is left blank, the writing would give it away.
    """

    min_cell: int = 10
    bands: tuple[Band, ...] = (Band(30, 20), Band(60, 10), Band(300, 5), Band(float("inf"), 1))
    is_everyone_hidden: bool = True

    def __post_init__(self) -> None:
        if self.min_cell < 2:
            raise PrivacyError(f"min_cell is {self.min_cell}: with fewer than 2, no count would be withheld.")
