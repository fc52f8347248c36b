"""Twenty releases that leak: the attack must find each."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from include.privacy.attack import attack
from include.privacy.link import link
from include.privacy.release import Release, publish
from include.privacy.tables import Dimension, Split, Sum, Table
from tests.privacy.cases import grid_of, row_of, shares

Leak = tuple[Release, Release | None, str]


def show(tables: list[Table], *hidden: str, bounds: dict[str, tuple[int, int]] | None = None) -> Release:
    """The tables with these counts withheld, and what percentages say of them."""
    linked = link(tables)
    missing = [name for name in hidden if name not in set(linked.names)]
    assert not missing, missing
    low, high = np.zeros(len(linked.cells)), np.full(len(linked.cells), np.inf)
    for name, (least, most) in (bounds or {}).items():
        low[list(linked.names).index(name)], high[list(linked.names).index(name)] = least, most
    return publish(linked, linked.cells["is_asked"].to_numpy(bool) & ~np.isin(linked.names, hidden), low, high)


def frame(dimensions: tuple[Dimension, ...], counts: tuple[str, ...], *rows: tuple[object, ...]) -> Table:
    names = [dimension.name for dimension in dimensions]
    return Table(pd.DataFrame(rows, columns=[*names, *counts]), dimensions, counts)


ORG = Dimension(
    "org",
    top="district",
    sums=(Sum("n1", ("s1", "s2")), Sum("n2", ("s3", "s4")), Sum("district", ("n1", "n2"))),
)
SEX = Dimension("sex", top="all", sums=(Sum("all", ("f", "m")),))
GRADE = Dimension("grade", top="all", sums=(Sum("all", ("09", "10")),))
EL = Dimension("subgroup", top="all", splits=(Split("all", "el"),))
GRID = {("s1", "a"): 3, ("s1", "b"): 20, ("s1", "c"): 25, ("s2", "a"): 22, ("s2", "b"): 31, ("s2", "c"): 40}


def schools(*values: int) -> Table:
    s1, s2, s3, s4 = values
    rows = [("s1", s1), ("s2", s2), ("s3", s3), ("s4", s4), ("n1", s1 + s2), ("n2", s3 + s4), ("district", sum(values))]
    return frame((ORG,), ("students",), *rows)


def cube(small: int) -> Table:
    """Sex × grade × school, with all totals; one corner is small."""
    leaf = pd.DataFrame(
        [
            (sex, grade, org, small if (sex, grade, org) == ("f", "09", "s1") else 20 + at)
            for at, (sex, grade, org) in enumerate(
                (sex, grade, org) for sex in ("f", "m") for grade in ("09", "10") for org in ("s1", "s2")
            )
        ],
        columns=["sex", "grade", "org", "students"],
    )
    org = Dimension("org", top="n1", sums=(Sum("n1", ("s1", "s2")),))
    for name, top in (("sex", "all"), ("grade", "all"), ("org", "n1")):
        rest = [column for column in ("sex", "grade", "org") if column != name]
        leaf = pd.concat([leaf, leaf.groupby(rest, as_index=False)["students"].sum().assign(**{name: top})])
    return Table(leaf.reset_index(drop=True), (SEX, GRADE, org), ("students",))


def only_primary_in_a_row() -> Leak:
    return show([row_of(5, 20, 30)], "students, subgroup a"), None, "students, subgroup a"


def two_in_a_row_that_are_nine_together() -> Leak:
    hidden = ("students, subgroup a", "students, subgroup b")
    return show([row_of(2, 7, 30)], *hidden), None, "students, subgroup a"


def a_small_count_printed() -> Leak:
    return show([row_of(9, 20, 30)]), None, "students, subgroup a"


def hidden_in_its_row_and_not_in_its_column() -> Leak:
    return (
        show([grid_of(GRID)], "students, org s1, subgroup a", "students, org s1, subgroup b"),
        None,
        "students, org s1, subgroup a",
    )


def three_corners_of_a_rectangle() -> Leak:
    hidden = [f"students, org {cell}" for cell in ("s1, subgroup a", "s1, subgroup b", "s2, subgroup a")]
    return show([grid_of(GRID)], *hidden), None, "students, org s1, subgroup a"


def a_staircase_without_a_way_back() -> Leak:
    hidden = [
        f"students, org {cell}" for cell in ("s1, subgroup a", "s1, subgroup b", "s2, subgroup b", "s2, subgroup c")
    ]
    return show([grid_of(GRID)], *hidden), None, "students, org s1, subgroup a"


def a_network_gives_its_school_away() -> Leak:
    return show([schools(4, 40, 50, 60)], "students, org s1"), None, "students, org s1"


def schools_hidden_in_pairs_of_other_networks() -> Leak:
    return show([schools(4, 40, 50, 60)], "students, org s1", "students, org s3"), None, "students, org s1"


def the_district_gives_its_network_away() -> Leak:
    return (
        show([schools(4, 3, 50, 60)], "students, org s1", "students, org s2", "students, org n1"),
        None,
        "students, org n1",
    )


def a_complement() -> Leak:
    return show([shares(("s1", 60, 56))]), None, "students not chronic, org s1"


def those_outside_a_programme() -> Leak:
    table = frame((EL,), ("students",), ("all", 80), ("el", 73))
    return show([table]), None, "students, subgroup all without el"


def the_numerators_of_those_outside_a_programme() -> Leak:
    table = frame((EL,), ("students", "chronic"), ("all", 80, 30), ("el", 40, 25))
    return show([table]), None, "chronic, subgroup all without el"


def a_whole_percentage_of_a_small_group() -> Leak:
    name = "chronic, org s1"
    return show([shares(("s1", 50, 8))], name, bounds={name: (8, 8)}), None, name


def a_coded_percentage_of_a_small_group() -> Leak:
    name = "chronic, org s1"
    return show([shares(("s1", 25, 3))], name, bounds={name: (0, 5)}), None, name


def a_percentage_of_the_total_narrows_a_part() -> Leak:
    """Both schools are withheld, but of the district's percentage at most 7 are left to share."""
    org = Dimension("org", top="district", sums=(Sum("district", ("s1", "s2")),))
    table = frame((org,), ("students", "chronic"), ("s1", 40, 3), ("s2", 60, 3), ("district", 100, 6))
    hidden = ("chronic, org s1", "chronic, org s2", "chronic")
    return show([table], *hidden, bounds={"chronic": (0, 7)}), None, "chronic, org s1"


def another_table_prints_the_partner() -> Leak:
    """Race hides a behind b; a table by race and sex prints both sexes of b."""
    both = frame((Dimension("subgroup", top="all"), SEX), ("students",), ("b", "f", 11), ("b", "m", 12))
    return (
        show([row_of(5, 23, 30), both], "students, subgroup a", "students, subgroup b"),
        None,
        "students, subgroup a",
    )


def overlapping_filters() -> Leak:
    """Grades 9 and 10 together less grade 10 is grade 9."""
    table = frame((GRADE,), ("students",), ("09", 6), ("10", 40), ("all", 46))
    return show([table], "students, grade 09"), None, "students, grade 09"


def a_cube_hidden_in_two_of_three_directions() -> Leak:
    hidden = [f"students, grade {grade}, org s1, sex {sex}" for grade in ("09", "10") for sex in ("f", "m")]
    return show([cube(4)], *hidden), None, "students, grade 09, org s1, sex f"


def the_next_release_hides_it_behind_another() -> Leak:
    first = show([row_of(6, 20, 30)], "students, subgroup a", "students, subgroup b")
    second = show([row_of(6, 20, 30)], "students, subgroup a", "students, subgroup c")
    return second, first, "students, subgroup a"


def the_first_release_printed_the_total_that_the_second_withholds() -> Leak:
    first = show([row_of(6, 20, 30)], "students, subgroup a", "students, subgroup b")
    second = show([row_of(6, 20, 30)], "students, subgroup a", "students")
    return second, first, "students, subgroup a"


LEAKS: list[Callable[[], Leak]] = [
    only_primary_in_a_row,
    two_in_a_row_that_are_nine_together,
    a_small_count_printed,
    hidden_in_its_row_and_not_in_its_column,
    three_corners_of_a_rectangle,
    a_staircase_without_a_way_back,
    a_network_gives_its_school_away,
    schools_hidden_in_pairs_of_other_networks,
    the_district_gives_its_network_away,
    a_complement,
    those_outside_a_programme,
    the_numerators_of_those_outside_a_programme,
    a_whole_percentage_of_a_small_group,
    a_coded_percentage_of_a_small_group,
    a_percentage_of_the_total_narrows_a_part,
    another_table_prints_the_partner,
    overlapping_filters,
    a_cube_hidden_in_two_of_three_directions,
    the_next_release_hides_it_behind_another,
    the_first_release_printed_the_total_that_the_second_withholds,
]


def test_there_are_twenty() -> None:
    assert len({leak.__name__ for leak in LEAKS}) == 20


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.__name__)
def test_the_leak_is_found(leak: Callable[[], Leak]) -> None:
    release, previous, name = leak()
    assert name in {found.name for found in attack(release, 10, previous)}
    if previous is not None:
        # Each release alone keeps it: only both together leak.
        assert attack(release, 10) == []
        assert attack(previous, 10) == []
