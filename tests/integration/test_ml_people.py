"""What people decide, and what families ask for: the lottery, the steps after the proposal, the overrides.

What it means: a seat given stays given, nobody is decided on without a name, and no school gives a seat twice.
When it matters: from the day a list goes out.
How to fix: `ml/lists/lottery.py` and `ml/lists/decisions.py`.
"""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from include.errors import SchoolhouseError
from ml.fairness.audit import read_groups
from ml.lists.decisions import decide
from ml.lists.lottery import draw, run
from ml.lists.overrides import overrides_by_group
from ml.pipeline import ListResult, drift, publish, score
from tests.integration.ml_world import AS_OF, attendance_world, checksums, create_marts, write, write_district

DAY = AS_OF + dt.timedelta(days=1)


@pytest.fixture(scope="module")
def world(module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    create_marts(module_warehouse)
    generated = attendance_world(students=300, schools=4, years=3)
    for number in range(90):
        student, school = f"P{number:04d}", f"S{number % 2}"
        asked = AS_OF - dt.timedelta(days=20 if number < 60 else 1)
        generated.add("fct_elt_request", student, school, 2026, "spring", "robotics", "enrichment", "family", None,
                      asked, None, None, None, False, False, 0)  # fmt: skip
    write(module_warehouse, generated)
    with pytest.MonkeyPatch.context() as patch:
        folder = write_district(tmp_path_factory.mktemp("district") / "testville", 40)
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        yield module_warehouse


@pytest.fixture(scope="module")
def released(world: Engine) -> ListResult:
    score(AS_OF)
    assert drift(AS_OF).verdict == "pass"
    return publish(AS_OF)


def _entries(engine: Engine, version: str) -> pd.DataFrame:
    with engine.connect() as connection:
        return pd.read_sql_query(
            text("select * from lists.lottery_entry where version = :v order by school_id, rank"),
            connection,
            params={"v": version},
        )


def test_the_lottery_fills_every_seat_and_keeps_what_it_gave(world: Engine) -> None:
    early = AS_OF - dt.timedelta(days=7)
    (first,) = run(early)
    # Thirty asked at each of two sites of twenty seats.
    assert (first.requests, first.seated, first.waitlist, first.changed) == (60, 40, 20, True)
    before = _entries(world, first.version)
    assert before.groupby("school_id")["place"].value_counts().unstack()["seat"].tolist() == [20, 20]
    state = checksums(world, "lists.lottery", "lists.lottery_entry")
    assert not run(early)[0].changed and checksums(world, "lists.lottery", "lists.lottery_entry") == state
    # Thirty more ask later: they wait behind those who wait already.
    (second,) = run(AS_OF)
    after = _entries(world, second.version)
    assert second.changed and (second.seated, second.waitlist) == (40, 50)
    kept = before.merge(after, on="student_id", suffixes=("", "_now"))
    assert len(kept) == 60 and (kept["place"] == kept["place_now"]).all() and (kept["rank"] == kept["rank_now"]).all()
    # A family gives its seat back: the first who waits gets it.
    gone = before.loc[0, "student_id"]
    with world.begin() as connection:
        connection.execute(
            text("update marts.fct_elt_request set decision = 'offered', answer = 'declined' where student_id = :s"),
            {"s": gone},
        )
    (third,) = run(DAY)
    now = _entries(world, third.version).set_index("student_id")["place"]
    waiting = before[(before["school_id"] == "S0") & (before["place"] == "waitlist")]["student_id"].iloc[0]
    assert gone not in now.index and now[waiting] == "seat" and third.seated == 40


def test_every_student_has_the_same_chance() -> None:
    """Over 150 draws of 30 students for 20 seats each student wins about two thirds of the time."""
    asked = pd.DataFrame({"student_id": [f"P{number}" for number in range(30)], "school_id": "S"})
    nobody = pd.DataFrame({"student_id": [], "school_id": [], "drawn_on": []}, dtype=object)
    wins = pd.Series(0, index=asked["student_id"])
    for number in range(150):
        drawn = draw(asked, nobody, {"S": 20}, f"seed {number}", "lottery")
        wins[drawn.loc[drawn["place"] == "seat", "student_id"]] += 1
    # Four standard deviations of 150 draws at 2/3 are 23.
    assert wins.sum() == 150 * 20 and (wins - 150 * 2 / 3).abs().max() <= 23


def test_people_decide_beside_the_frozen_list(world: Engine, released: ListResult) -> None:
    version = str(released.version)
    frozen = checksums(world, "lists.elt_list_entry")
    with world.connect() as connection:
        seats = connection.execute(
            text("select student_id, school_id from lists.elt_list_entry where place = 'seat' order by rank, school_id")
        ).all()
        unlisted = connection.scalar(
            text(
                "select student_id from ml.score where student_id not in (select student_id from lists.elt_list_entry) "
                "order by student_id limit 1"
            )
        )
        school = connection.scalar(
            text("select school_id from lists.elt_list_school where open_nomination_seats > 0 order by 1 limit 1")
        )
    one, other = seats[0].student_id, seats[1].student_id
    for step, message in (("accepted", "cannot follow the proposal"), ("overridden", "say why")):
        with pytest.raises(SchoolhouseError, match=message):
            decide(version, one, step, "A. Person", DAY)
    with pytest.raises(SchoolhouseError, match="who decides"):
        decide(version, one, "confirmed", " ", DAY)
    for step in ("confirmed", "offered", "accepted", "attended"):
        decide(version, one, step, "A. Person", DAY)
    decide(version, other, "overridden", "B. Person", DAY, "has a tutor already")
    with pytest.raises(SchoolhouseError, match="nominate first"):
        decide(version, unlisted, "confirmed", "A. Person", DAY)
    decide(version, unlisted, "nominated", "B. Person", DAY, "the teacher asks", school)
    decide(version, unlisted, "offered", "A. Person", DAY)
    assert checksums(world, "lists.elt_list_entry") == frozen
    with world.connect() as connection:
        found = overrides_by_group(connection, version, read_groups(connection, 2026))
    whole = found[found["kind"] == "all"].iloc[0]
    assert (whole["decided"], whole["overridden"], whole["share"]) == (2, 1, 0.5)
    with pytest.raises(DBAPIError, match="only ever added"), world.begin() as connection:
        connection.execute(text("update lists.elt_decision set reason = 'another'"))


def test_no_more_nominations_and_offers_than_seats(world: Engine, released: ListResult) -> None:
    version = str(released.version)
    with world.connect() as connection:
        school, open_seats, seats = connection.execute(
            text(
                "select school_id, open_nomination_seats, seats from lists.elt_list_school "
                "order by open_nomination_seats, school_id desc limit 1"
            )
        ).one()
        unlisted = connection.scalars(
            text(
                "select student_id from ml.score where student_id not in (select student_id from lists.elt_list_entry "
                "union select student_id from lists.elt_decision) order by student_id"
            )
        ).all()
        listed = connection.scalars(
            text("select student_id from lists.elt_list_entry where school_id = :s order by rank"), {"s": school}
        ).all()
        taken = connection.scalar(
            text("select count(*) from lists.elt_decision where school_id = :s and step = 'nominated'"), {"s": school}
        )
    for student in unlisted[: open_seats - taken]:
        decide(version, student, "nominated", "B. Person", DAY, "the teacher asks", school)
    with pytest.raises(SchoolhouseError, match="no seat left for nominations"):
        decide(version, unlisted[-1], "nominated", "B. Person", DAY, "the teacher asks", school)
    offered = 0
    with pytest.raises(SchoolhouseError, match=f"all {seats} seats are"):
        for student in listed:
            with world.connect() as connection:
                decided = connection.scalar(
                    text("select count(*) from lists.elt_decision where student_id = :s"), {"s": student}
                )
            if not decided:
                decide(version, student, "confirmed", "A. Person", DAY)
                decide(version, student, "offered", "A. Person", DAY)
                offered += 1
    assert 0 < offered <= seats


def test_nobody_decides_on_a_list_that_is_over(world: Engine, released: ListResult) -> None:
    with pytest.raises(SchoolhouseError, match="no longer stands"):
        decide(str(released.version), "P0001", "confirmed", "A. Person", AS_OF + dt.timedelta(days=46))


def test_the_index_shows_each_run_and_figure(world: Engine, released: ListResult) -> None:
    from include.settings import settings

    page = (settings().reports / "drift_index.html").read_text(encoding="utf-8")
    assert f"<td>{AS_OF}</td><td>pass</td>" in page and f'href="{AS_OF}/drift.html"' in page
    for figure in ("score: distance risk", "features: distance absent_share_20", "score: flagged_share"):
        assert f"<figcaption>{figure}" in page
    assert page.count("<svg") > 20 and "P0001" not in page
