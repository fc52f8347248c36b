"""What links the cells of tables."""

import numpy as np
import pandas as pd
import pytest

from include.privacy.link import link
from include.privacy.policy import PrivacyError
from include.privacy.tables import Dimension, LinkedTables, Split, Sum, Table
from tests.privacy.cases import PROGRAMME, RACE, SCHOOL, grid_of, row_of, shares


def relations_of(linked: LinkedTables) -> set[str]:
    """Each relation as text: parts = total."""
    dense = linked.relations.toarray()
    words = set()
    for row in dense:
        parts = " + ".join(sorted(str(name) for name in linked.names[row > 0]))
        words.add(f"{parts} = {linked.names[row < 0][0]}")
    return words


def test_parts_add_up_to_their_total() -> None:
    linked = link([row_of(5, 20, 30)])
    assert relations_of(linked) == {"students, subgroup a + students, subgroup b + students, subgroup c = students"}
    assert not linked.offsets.any()


def test_a_complement_is_a_cell_that_nobody_asked_for() -> None:
    linked = link([shares(("s1", 20, 13))])
    cells = linked.cells.set_index("name")
    assert cells.loc["students not chronic, org s1", "value"] == 7
    assert not cells.loc["students not chronic, org s1", "is_asked"]
    assert cells.loc["students not chronic, org s1", "whole"] == 20


def test_those_outside_a_programme_are_a_cell() -> None:
    frame = pd.DataFrame({"subgroup": ["all", "el"], "students": [50, 46]})
    linked = link([Table(frame, (PROGRAMME,), ("students",))])
    assert linked.cells.set_index("name").loc["students, subgroup all without el", "value"] == 4


def test_a_total_that_was_left_out_is_a_cell_where_it_links_others() -> None:
    grid = grid_of({("s1", "a"): 12, ("s1", "b"): 13, ("s2", "a"): 14, ("s2", "b"): 15})
    frame = grid.frame[(grid.frame["subgroup"] != "all") | (grid.frame["org"] == "district")]
    linked = link([Table(frame, (SCHOOL, RACE), ("students",))])
    cells = linked.cells.set_index("name")
    assert cells.loc["students, org s1", "value"] == 25
    assert not cells.loc["students, org s1", "is_asked"]
    assert "students, org s1 + students, org s2 = students" in relations_of(linked)


def test_one_cell_in_two_tables_is_one_cell() -> None:
    linked = link([row_of(5, 20, 30), row_of(5, 20, 30)])
    assert len(linked.cells) == 4


def test_tables_that_disagree_are_refused() -> None:
    with pytest.raises(PrivacyError, match="students, subgroup a is 5 in one and 6 in another"):
        link([row_of(5, 20, 30), row_of(6, 20, 29)])


def test_parts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(PrivacyError, match="the total is 56, and its parts"):
        link([row_of(5, 20, 30, total=56)])


def test_a_loose_sum_knows_its_overlap_and_who_was_left_out() -> None:
    loose = Dimension("org", top="district", sums=(Sum("district", ("s1", "s2"), is_exact=False),))

    def table(total: int) -> Table:
        frame = pd.DataFrame({"org": ["s1", "s2", "district"], "students": [20, 30, total]})
        return Table(frame, (loose,), ("students",))

    overlapping = link([table(48)])
    assert overlapping.offsets.tolist() == [2.0]
    short = link([table(57)])
    assert short.cells.set_index("name").loc["students, org in no part of district", "value"] == 7
    assert short.offsets.tolist() == [0.0]


@pytest.mark.parametrize(
    ("frame", "counts", "says"),
    [
        ({"org": ["s1"], "students": [20], "chronic": [21]}, ("students", "chronic"), "more than students has"),
        ({"org": ["s1"], "students": [20.5]}, ("students",), "no count of people"),
        ({"org": ["s1"], "students": [-1]}, ("students",), "no count of people"),
        ({"org": ["s1", "s1"], "students": [20, 20]}, ("students",), "Two rows"),
        ({"org": ["s1"]}, ("students",), "no column students"),
    ],
)
def test_what_is_no_table_of_people_is_refused(
    frame: dict[str, list[object]], counts: tuple[str, ...], says: str
) -> None:
    with pytest.raises(PrivacyError, match=says):
        link([Table(pd.DataFrame(frame), (Dimension("org"),), counts)])


def test_a_group_larger_than_its_whole_is_refused() -> None:
    frame = pd.DataFrame({"subgroup": ["all", "el"], "students": [50, 51]})
    with pytest.raises(PrivacyError, match="of which it is a part"):
        link([Table(frame, (Dimension("subgroup", "all", splits=(Split("all", "el"),)),), ("students",))])


def test_a_count_that_was_not_collected_is_no_cell() -> None:
    frame = pd.DataFrame({"org": ["s1", "s2"], "students": [20, 30], "chronic": [11, np.nan]})
    linked = link([Table(frame, (Dimension("org"),), ("students", "chronic"))])
    assert "chronic, org s2" not in set(linked.names)
    assert linked.places[0][:, 1].tolist()[1] == -1


def test_those_whom_one_sum_leaves_out_are_no_part_of_another() -> None:
    """Five people of an office, of which no table tells the jobs: no cell is the total of those left out by job."""
    loose = (
        Dimension("org", top="district", sums=(Sum("district", ("s1", "office"), is_exact=False),)),
        Dimension("job", top="all", sums=(Sum("all", ("teacher", "leader"), is_exact=False),)),
    )
    rows = [
        ("s1", "teacher", 20), ("s1", "leader", 2), ("s1", "all", 22), ("office", "all", 5),
        ("district", "teacher", 20), ("district", "leader", 7), ("district", "all", 27),
    ]  # fmt: skip
    linked = link([Table(pd.DataFrame(rows, columns=["org", "job", "students"]), loose, ("students",))])
    assert relations_of(linked) == {
        "students, job leader, org s1 + students, job teacher, org s1 = students, org s1",
        "students, job teacher, org s1 = students, job teacher",
        "students, job leader, org in no part of district + students, job leader, org s1 = students, job leader",
        "students, org office + students, org s1 = students",
        "students, job leader + students, job teacher = students",
    }
    assert not linked.offsets.any()
