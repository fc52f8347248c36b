"""One more question beside a release, and one release after another."""

import pandas as pd

from include.privacy.attack import attack
from include.privacy.figures import protect_release
from include.privacy.gate import answer
from include.privacy.tables import Dimension, Split, Sum, Table
from tests.privacy.cases import POLICY, row_of

SEX = Dimension("sex", top="all", sums=(Sum("all", ("f", "m")),))
GROUP = Dimension("subgroup", top="all")


def test_an_answer_does_not_print_the_partner_of_a_withheld_count() -> None:
    """a = 5 is hidden behind b = 20: b by sex would give b, and so a."""
    release = protect_release([row_of(5, 20, 30)], POLICY)
    hidden = set(release.release.names[~release.release.is_shown])
    assert hidden == {"students, subgroup a", "students, subgroup b"}
    frame = pd.DataFrame({"subgroup": ["b", "b"], "sex": ["f", "m"], "students": [11, 9 + 0]})
    frame["students"] = [10, 10]
    rows, given = answer(Table(frame, (GROUP, SEX), ("students",)), release, POLICY)
    assert rows["students"].isna().any()
    assert attack(given.release, POLICY.min_cell, release.release) == []


def test_an_answer_that_tells_nothing_more_is_given() -> None:
    release = protect_release([row_of(5, 20, 30)], POLICY)
    frame = pd.DataFrame({"subgroup": ["c", "c"], "sex": ["f", "m"], "students": [14, 16]})
    rows, _ = answer(Table(frame, (GROUP, SEX), ("students",)), release, POLICY)
    assert rows["students"].tolist() == [14, 16]


def test_what_a_release_prints_stays_printed_in_answers() -> None:
    release = protect_release([row_of(5, 20, 30)], POLICY)
    frame = pd.DataFrame({"subgroup": ["a", "b", "c"], "students": [5, 20, 30]})
    rows, _ = answer(Table(frame, (GROUP,), ("students",)), release, POLICY)
    assert rows["students"].isna().tolist() == [True, True, False]


def test_answers_are_remembered() -> None:
    """Two questions, each harmless alone: el of c, and all of c without el by name."""
    release = protect_release([row_of(12, 20, 30)], POLICY)
    el = Dimension("programme", top="all", splits=(Split("all", "el"),))
    first, given = answer(
        Table(pd.DataFrame({"subgroup": ["c"], "programme": ["el"], "students": [18]}), (GROUP, el), ("students",)),
        release,
        POLICY,
    )
    assert first["students"].tolist() == [18]
    by_sex = pd.DataFrame({"subgroup": ["c", "c"], "programme": ["el", "el"], "sex": ["f", "m"], "students": [15, 3]})
    second, _ = answer(Table(by_sex, (GROUP, el, SEX), ("students",)), given, POLICY)
    # 3 is small, and 18 less 15 would give it.
    assert second["students"].isna().all()


def test_a_figure_that_was_printed_keeps_its_partner_hidden_in_the_next_release() -> None:
    first = protect_release([row_of(6, 20, 30)], POLICY)
    second = protect_release([row_of(6, 20, 30)], POLICY, first)
    assert second.release.is_shown.tolist() == first.release.is_shown.tolist()


def test_a_change_that_would_show_one_pupil_takes_the_total_with_it() -> None:
    """One pupil came into an empty group; the total and the other groups were printed before."""
    first = protect_release([row_of(0, 20, 30)], POLICY)
    assert first.release.is_shown.all()
    second = protect_release([row_of(1, 20, 30)], POLICY, first)
    rows = second.tables[0].set_index("subgroup")["students"]
    assert rows.isna().to_dict() == {"a": True, "b": False, "c": False, "all": True}
    assert second.exposed == ()
    assert attack(second.release, POLICY.min_cell, first.release) == []
