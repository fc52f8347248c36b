"""Which cells are withheld, on tables worked by hand."""

import pandas as pd
import pytest

from include.privacy.figures import protect_release
from include.privacy.policy import Policy, PrivacyError
from include.privacy.tables import Dimension, Sum, Table
from tests.privacy.cases import POLICY, PROGRAMME, grid_of, row_of, shares


def withheld(*tables: Table, policy: Policy = POLICY) -> set[str]:
    """Names of the counts that are asked for and not printed."""
    release = protect_release(tables, policy).release
    return set(release.names[release.is_asked & ~release.is_shown])


def test_nine_are_withheld_and_ten_are_shown() -> None:
    assert withheld(row_of(10, 20, 30)) == set()
    # 9 takes one more with it, else the total gives it away: the cheapest is the smaller one, and 9 + 20 leave 0..29.
    assert withheld(row_of(9, 20, 30)) == {"students, subgroup a", "students, subgroup b"}


def test_nobody_is_not_few() -> None:
    assert withheld(row_of(0, 20, 30)) == set()


def test_two_small_cells_hide_each_other_only_if_they_are_ten_together() -> None:
    assert withheld(row_of(5, 5, 30)) == {"students, subgroup a", "students, subgroup b"}
    # 4 + 5: the total says that neither is more than 9.
    assert withheld(row_of(4, 5, 30)) == {"students, subgroup a", "students, subgroup b", "students, subgroup c"}


def test_a_nobody_does_not_hide_anyone() -> None:
    """0 + 6 + 30: the reader may know that there is no such group at the school."""
    assert withheld(row_of(0, 6, 30)) == {"students, subgroup b", "students, subgroup c"}


def test_in_two_dimensions_a_rectangle_is_withheld() -> None:
    """s1a = 3: one more in its row, one in its column, and the corner opposite."""
    grid = grid_of(
        {
            (org, group): 3 if (org, group) == ("s1", "a") else 20 + 5 * (org != "s2") + 5 * (group != "b")
            for org in ("s1", "s2", "s3")
            for group in ("a", "b", "c")
        }
    )
    assert withheld(grid) == {
        "students, org s1, subgroup a",
        "students, org s1, subgroup b",
        "students, org s2, subgroup a",
        "students, org s2, subgroup b",
    }


def test_a_programme_hides_those_outside_it() -> None:
    """46 of 50: anyone can subtract the 4."""
    frame = pd.DataFrame({"subgroup": ["all", "el"], "students": [50, 46]})
    hidden = withheld(Table(frame, (PROGRAMME,), ("students",)))
    assert hidden and hidden <= {"students", "students, subgroup el"}
    frame = pd.DataFrame({"subgroup": ["all", "el"], "students": [50, 40]})
    assert withheld(Table(frame, (PROGRAMME,), ("students",))) == set()


@pytest.mark.parametrize(
    ("students", "chronic", "hidden"),
    [
        (20, 10, set()),
        (20, 9, {"chronic, org s1"}),
        (20, 11, {"chronic, org s1"}),  # 9 are not
        (20, 0, set()),
        (9, 0, {"students, org s1"}),
        (10, 0, set()),
        (20, 20, {"chronic, org s1"}),  # all of them
    ],
)
def test_numerators_complements_and_denominators(students: int, chronic: int, hidden: set[str]) -> None:
    assert withheld(shares(("s1", students, chronic))) == hidden


def test_all_of_them_may_be_shown_where_the_policy_says_so() -> None:
    assert withheld(shares(("s1", 20, 20)), policy=Policy(is_everyone_hidden=False)) == set()


def test_years_side_by_side_do_not_link_unless_they_are_summed() -> None:
    frame = pd.DataFrame({"year": ["2025", "2026"], "students": [5, 30]})
    assert withheld(Table(frame, (Dimension("year"),), ("students",))) == {"students, year 2025"}
    both = pd.concat([frame, pd.DataFrame({"year": ["two years"], "students": [35]})])
    year = Dimension("year", sums=(Sum("two years", ("2025", "2026")),))
    assert len(withheld(Table(both, (year,), ("students",)))) == 2


def test_a_table_beside_another_takes_its_part() -> None:
    """By sex nothing is small, but sex shares its total with race, of which 4 + 5 need more than each other."""
    sex = Dimension("sex", top="all", sums=(Sum("all", ("f", "m")),))
    by_sex = Table(pd.DataFrame({"sex": ["f", "m", "all"], "students": [20, 19, 39]}), (sex,), ("students",))
    assert withheld(by_sex) == set()
    hidden = withheld(by_sex, row_of(4, 5, 30))
    assert {"students, subgroup a", "students, subgroup b"} < hidden


def test_percentages_and_means_stand_where_their_people_do() -> None:
    frame = pd.DataFrame(
        {
            "org": ["s1", "s2", "s3", "s4"],
            "students": [8, 25, 400, 1000],
            "chronic": [2, 3, 396, 8],
            "rate": [0.9, 0.8, 0.7, 0.95],
        }
    )
    table = Table(frame, (Dimension("org"),), ("students", "chronic"), means={"rate": "students"})
    rows = protect_release([table], POLICY).tables[0].set_index("org")
    assert rows["students"].isna().tolist() == [True, False, False, False]
    assert rows["rate"].isna().tolist() == [True, False, False, False]
    assert rows["chronic"].isna().all()
    assert rows["chronic_status"].tolist() == ["small"] * 4
    # ≤20 % of 25 would leave 0 to 5, ≥99 % of 400 would leave 396 to 400: too few. ≤1 % of 1000: 0 to 10.
    assert rows["chronic_share"].isna().tolist() == [True, True, True, False]
    assert rows.loc["s4", "chronic_share"] == "≤1 %"


def test_a_mean_over_nobody_is_not_printed() -> None:
    frame = pd.DataFrame({"org": ["s1"], "students": [0], "rate": [0.5]})
    rows = protect_release(
        [Table(frame, (Dimension("org"),), ("students",), means={"rate": "students"})], POLICY
    ).tables[0]
    assert rows["rate"].isna().all()


def test_a_policy_that_withholds_nothing_is_refused() -> None:
    with pytest.raises(PrivacyError, match="min_cell is 1"):
        Policy(min_cell=1)
