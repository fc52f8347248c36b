"""What the attack finds, beside all integer tables that agree with what is printed."""

import itertools

import numpy as np
import pytest

from include.privacy.attack import attack, ranges
from include.privacy.link import link
from include.privacy.policy import PrivacyError
from include.privacy.release import Release, publish
from include.privacy.tables import LinkedTables
from tests.privacy.cases import grid_of, row_of, shares


def released(linked: LinkedTables, *hidden: str, bounds: dict[str, tuple[float, float]] | None = None) -> Release:
    """The tables with these counts withheld; bounds are what a percentage says of them."""
    low, high = np.zeros(len(linked.cells)), np.full(len(linked.cells), np.inf)
    for name, (least, most) in (bounds or {}).items():
        at = list(linked.names).index(name)
        low[at], high[at] = least, most
    shown = linked.cells["is_asked"].to_numpy(bool) & ~np.isin(linked.names, hidden)
    return publish(linked, shown, low, high)


def enumerated(release: Release, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest of each cell over all integer tables up to `most` that agree with the release."""
    open_cells = np.flatnonzero(~release.is_shown)
    base = np.where(release.is_shown, release.low, 0.0)
    dense = release.relations.toarray()
    fits = []
    for counts in itertools.product(range(most + 1), repeat=len(open_cells)):
        table = base.copy()
        table[open_cells] = counts
        if np.all(dense @ table == release.offsets) and np.all((table >= release.low) & (table <= release.high)):
            fits.append(table)
    return np.min(fits, axis=0), np.max(fits, axis=0)


def test_one_withheld_count_follows_from_its_total() -> None:
    (found,) = attack(released(link([row_of(5, 20, 30)]), "students, subgroup a"), 10)
    assert (found.low, found.high) == (5, 5)
    assert "“students, subgroup a” is withheld, but must be exactly 5" in str(found)
    assert "students = 55" in str(found)


def test_two_withheld_counts_of_nine_together_are_both_found() -> None:
    found = attack(released(link([row_of(4, 5, 30)]), "students, subgroup a", "students, subgroup b"), 10)
    assert {(one.name, one.low, one.high) for one in found} == {
        ("students, subgroup a", 0, 9),
        ("students, subgroup b", 0, 9),
    }


def test_two_withheld_counts_of_ten_together_are_not() -> None:
    assert attack(released(link([row_of(4, 6, 30)]), "students, subgroup a", "students, subgroup b"), 10) == []


def test_a_small_count_that_is_printed_is_found() -> None:
    (found,) = attack(released(link([row_of(5, 20, 30)])), 10)
    assert str(found) == "“students, subgroup a” is printed as 5."


def test_a_complement_is_found_though_nobody_printed_it() -> None:
    (found,) = attack(released(link([shares(("s1", 40, 37))])), 10)
    assert (found.name, found.low) == ("students not chronic, org s1", 3)


def test_a_percentage_is_rounded_back() -> None:
    """12 % of 50 is 6, whatever was withheld; ≤1 % of 2000 leaves 0 to 20."""
    linked = link([shares(("s1", 50, 6))])
    found = attack(released(linked, "chronic, org s1", bounds={"chronic, org s1": (6, 6.4)}), 10)
    assert {(one.low, one.high) for one in found if one.name.startswith("chronic")} == {(6, 6)}
    linked = link([shares(("s1", 2000, 6))])
    assert attack(released(linked, "chronic, org s1", bounds={"chronic, org s1": (0, 20)}), 10) == []


def test_a_release_that_contradicts_itself_is_refused() -> None:
    linked = link([row_of(5, 20, 30)])
    release = released(linked, "students, subgroup a", bounds={"students, subgroup a": (6, 9)})
    with pytest.raises(PrivacyError, match="contradicts itself"):
        attack(release, 10)


@pytest.mark.parametrize("seed", range(12))
def test_the_ranges_are_those_of_all_tables_that_agree(seed: int) -> None:
    """In two dimensions the linear programme is exact; every table is tried here."""
    random = np.random.default_rng(seed)
    cells = {(org, group): int(random.integers(0, 5)) for org in ("s1", "s2") for group in ("a", "b", "c")}
    linked = link([grid_of(cells)])
    inner = [name for name in linked.names if ", org" in name and "subgroup" in name]
    hidden = random.choice(inner, int(random.integers(1, 5)), replace=False)
    release = released(linked, *hidden)
    low, high = ranges(release)
    least, most = enumerated(release, 12)
    assert low.tolist() == pytest.approx(least.tolist())
    assert high.tolist() == pytest.approx(most.tolist())


@pytest.mark.parametrize("seed", range(6))
def test_numerators_and_complements_too(seed: int) -> None:
    random = np.random.default_rng(seed)
    students = random.integers(1, 8, 2)
    linked = link([shares(*((f"s{at}", int(n), int(random.integers(0, n + 1))) for at, n in enumerate(students)))])
    release = released(linked, "chronic, org s0", "chronic, org s1")
    low, high = ranges(release)
    least, most = enumerated(release, 8)
    assert low.tolist() == pytest.approx(least.tolist())
    assert high.tolist() == pytest.approx(most.tolist())


def test_nothing_bounds_a_total_that_is_withheld() -> None:
    linked = link([row_of(5, 20, 30)])
    low, high = ranges(released(linked, "students, subgroup a", "students"))
    at = list(linked.names).index("students")
    assert (low[at], high[at]) == (50, np.inf)


def test_two_releases_differ_by_what_was_withheld_in_one() -> None:
    """The first withholds a and b, the second a and c: together they print b and c, and so a."""
    linked = link([row_of(6, 20, 30)])
    first = released(linked, "students, subgroup a", "students, subgroup b")
    second = released(linked, "students, subgroup a", "students, subgroup c")
    assert attack(first, 10) == attack(second, 10) == []
    (found,) = attack(second, 10, first)
    assert (found.name, found.low, found.high) == ("students, subgroup a", 6, 6)


def test_two_releases_are_kept_apart_where_a_total_shows_a_change() -> None:
    first = released(link([row_of(6, 20, 30)]), "students, subgroup a", "students, subgroup b")
    second = released(link([row_of(9, 20, 31)]), "students, subgroup a", "students, subgroup c")
    # The total rose from 56 to 60, so b and c may have changed as well.
    assert attack(second, 10, first) == []
