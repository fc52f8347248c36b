"""Random hierarchical tables: the attack finds nothing after the suppressor, nor in two releases together."""

import numpy as np
import pytest

from bench.random_tables import RandomDistrict
from include.privacy.attack import attack, ranges
from include.privacy.figures import Protected, protect_release
from tests.privacy.cases import POLICY

# Seeds count dimensions in turn: 1, 2, 3, 4.
FEW = range(12)
ALL = range(500)


def two_releases(seed: int) -> tuple[Protected, Protected]:
    """A release, and the next after some students came and went."""
    district = RandomDistrict(seed)
    first = protect_release(district.tables(), POLICY)
    district.change()
    return first, protect_release(district.tables(), POLICY, first)


def check(seed: int) -> None:
    first, second = two_releases(seed)
    assert attack(first.release, POLICY.min_cell) == []
    assert first.exposed == ()
    assert attack(second.release, POLICY.min_cell, first.release) == []


@pytest.mark.parametrize("seed", FEW)
def test_nothing_is_found(seed: int) -> None:
    check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", ALL)
def test_nothing_is_found_in_five_hundred(seed: int) -> None:
    check(seed)


@pytest.mark.parametrize("seed", [1, 2, 5, 6])
def test_without_the_second_step_something_is_found(seed: int) -> None:
    """The tables can leak: withholding the small counts alone is not enough."""
    release = protect_release(RandomDistrict(seed).tables(), POLICY).release
    small = (release.low == release.high) & (release.low > 0)
    assert small.any()
    protected = protect_release(RandomDistrict(seed).tables(), POLICY)
    linked, decision = protected.known
    shown = linked.cells["is_asked"].to_numpy(bool) & ~decision.is_sensitive
    low = np.where(shown, linked.value, 0.0)
    high = np.where(shown, linked.value, np.inf)
    primary = type(release)(release.names, low, high, release.is_asked, release.relations, release.offsets)
    assert attack(primary, POLICY.min_cell)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_the_attack_skips_is_as_wide_as_it_says(seed: int) -> None:
    """The attack asks for many counts at once; each asked by itself says the same."""
    release = protect_release(RandomDistrict(seed).tables(), POLICY).release
    low, high = ranges(release)
    withheld = release.is_asked & ~release.is_shown
    assert np.all(high[withheld] - low[withheld] >= POLICY.min_cell - 1e-6)


def test_the_same_tables_are_protected_alike() -> None:
    one, two = (protect_release(RandomDistrict(6).tables(), POLICY) for _ in range(2))
    assert all(a.equals(b) for a, b in zip(one.tables, two.tables, strict=True))
