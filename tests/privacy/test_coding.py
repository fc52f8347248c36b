"""How a percentage is written, at each edge of each band."""

import pytest

from include.privacy.coding import coded_share
from include.privacy.policy import Policy, PrivacyError

POLICY = Policy()


@pytest.mark.parametrize(
    ("numerator", "denominator", "text"),
    [
        (0, 10, "≤20 %"),
        (2, 10, "≤20 %"),  # exactly 20 %
        (3, 10, "30 %"),
        (8, 10, "≥80 %"),  # exactly 80 %
        (7, 10, "70 %"),
        (6, 30, "≤20 %"),
        (7, 30, "23 %"),
        (24, 30, "≥80 %"),
        (23, 30, "77 %"),
        (3, 31, "≤10 %"),
        (4, 31, "13 %"),
        (6, 60, "≤10 %"),
        (7, 60, "12 %"),
        (54, 60, "≥90 %"),
        (3, 61, "≤5 %"),
        (4, 61, "7 %"),
        (15, 300, "≤5 %"),
        (16, 300, "5 %"),  # 5.33 %: not coded, but rounded to the same number
        (285, 300, "≥95 %"),
        (3, 301, "≤1 %"),
        (4, 301, "1 %"),
        (298, 301, "≥99 %"),
        (25, 200, "13 %"),  # 12.5 % is rounded up
    ],
)
def test_a_percentage_is_written_by_its_band(numerator: int, denominator: int, text: str) -> None:
    share = coded_share(numerator, denominator, POLICY)
    assert share is not None
    assert share.text == text


def test_fewer_than_ten_people_have_no_percentage() -> None:
    assert coded_share(3, 9, POLICY) is None
    assert coded_share(0, 0, POLICY) is None


def test_no_numerator_is_larger_than_its_denominator() -> None:
    with pytest.raises(PrivacyError, match="12 of 11 is no share"):
        coded_share(12, 11, POLICY)


@pytest.mark.parametrize("denominator", [10, 30, 31, 60, 61, 99, 100, 101, 200, 300, 301, 1234])
def test_the_range_of_a_percentage_is_all_that_is_written_so(denominator: int) -> None:
    written: dict[str, list[int]] = {}
    for numerator in range(denominator + 1):
        share = coded_share(numerator, denominator, POLICY)
        assert share is not None
        written.setdefault(share.text, []).append(numerator)
    for numerators in written.values():
        share = coded_share(numerators[0], denominator, POLICY)
        assert share is not None
        assert (share.low, share.high) == (numerators[0], numerators[-1])
