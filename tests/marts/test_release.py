"""A release of a small generated district: what stands after it, a kill, a reader, a planted leak, and questions."""

import datetime as dt
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pandas as pd
import pytest
from sqlalchemy import Engine, insert, text
from typer.testing import CliRunner

from include.cli import app
from include.errors import SchoolhouseError
from include.privacy.policy import Policy
from include.privacy.suppress import Decision, Percentages, protect
from include.privacy.tables import LinkedTables
from include.release import publish
from include.release.job import RELEASE_LOCK, Released, ReleaseError, is_due, policy, release
from include.release.metrics import INSTEAD, RefusedError
from include.release.outside import attack_as
from include.release.question import ask, ask_saved
from include.release.released import PROTECTED
from include.semantic import list_saved
from include.settings import ROOT
from include.transform import build
from models.ops import dbt_build
from tests.marts.lakeside import Lakeside

KEYS = ["org_kind", "org_id", "school_year", "subgroup_kind", "subgroup"]


@pytest.fixture(scope="module")
def first(
    lakeside: Lakeside, fresh_warehouse: Callable[..., AbstractContextManager[Engine]]
) -> Iterator[tuple[Released, Engine]]:
    """The first release, in a copy of the district's warehouse that knows the two newest school years.

    A release decides on each year by itself, and those before would only take time.
    """
    with fresh_warehouse(copy_of=str(lakeside.engine.url.database)) as engine, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLHOUSE_DISTRICT", lakeside.environment["SCHOOLHOUSE_DISTRICT"])
        with engine.begin() as connection:
            with_years = "table_schema = 'marts' and column_name = 'school_year'"
            tables = connection.scalars(text(f"select table_name from information_schema.columns where {with_years}"))
            for table in tables.all():
                connection.execute(text(f"delete from marts.{table} where school_year < 2025"))
        yield release(lambda _: None), engine


@pytest.fixture
def engine(lakeside: Lakeside, first: tuple[Released, Engine], monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The warehouse of the release; the environment names it while the test runs."""
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", lakeside.environment["SCHOOLHOUSE_DISTRICT"])
    monkeypatch.setenv("SCHOOLHOUSE_WAREHOUSE_URL", first[1].url.render_as_string(hide_password=False))
    return first[1]


def read(engine: Engine, name: str, schema: str = "reporting") -> pd.DataFrame:
    with engine.connect() as connection:
        return publish.read_rows(connection, schema, name)


def checksum(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        query = "select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {}.\"{}\" t"
        return {
            f"{schema}.{name}": str(connection.scalar(text(query.format(schema, name))))
            for schema, name in publish.published(connection)
        }


def test_every_count_is_the_mart_s_or_blank_with_a_reason(engine: Engine) -> None:
    with engine.connect() as connection:
        mart = pd.read_sql(text("select * from marts.msr_chronic_absence"), connection)
    both = read(engine, "chronic_absence").merge(mart, on=KEYS, suffixes=("", "_mart"))
    assert len(both) == len(mart) > 500
    for printed, true in (("students", "n"), ("rated", "denominator"), ("chronic", "numerator")):
        shown = both[printed].notna()
        assert (both[printed] == both[true])[shown].all()
        assert (both[f"{printed}_status"][shown] == "ok").all()
        assert set(both[f"{printed}_status"][~shown]) <= {"small", "beside_small"}
        assert not both[true][shown].between(1, 9).any()
    assert both["chronic"].notna().any() and both["chronic"].isna().any()


def test_what_is_released_is_what_is_declared(engine: Engine) -> None:
    with engine.connect() as connection:
        names = {name for schema, name in publish.published(connection) if schema == "reporting"}
        comments = connection.execute(
            text("select relname, obj_description(oid) from pg_class where relnamespace = 'reporting'::regnamespace")
        )
        assert all(comment for name, comment in comments if name in names)
    assert {one.name for one in PROTECTED} < names
    assert not names & {"msr_chronic_absence", "msr_segregation", "dim_student"}
    for one in PROTECTED:
        assert {f"{count}_status" for count in one.counts} <= set(read(engine, one.name).columns)


def test_the_scorecard_and_the_metrics_say_no_more_than_the_tables(engine: Engine) -> None:
    absence = read(engine, "chronic_absence")
    of_school = absence[(absence["org_kind"] == "school") & (absence["subgroup"] == "all_students")]
    card = read(engine, "scorecard")
    both = card[card["indicator"] == "chronic_absence"].merge(
        of_school, left_on=["school_id", "school_year"], right_on=["org_id", "school_year"]
    )
    assert len(both) and (both["share"].fillna("") == both["chronic_absence_rate"].fillna("")).all()
    assert both["value"].isna().all()
    metric = read(engine, "chronic_absence_by_group", "metrics")
    of_district = absence[absence["org_kind"] == "district"]
    joined = metric.merge(of_district, on=["school_year", "subgroup_kind", "subgroup"])
    assert len(joined) == len(metric) == len(of_district)
    assert joined["chronically_absent_students"].equals(joined["chronic"])


def test_every_saved_query_is_released_or_says_where_its_figures_are(engine: Engine) -> None:
    with engine.connect() as connection:
        there = {f"{schema}.{name}" for schema, name in publish.published(connection)}
    refused = read(engine, "not_released", "metrics")
    whole = refused[refused["metric"] == ""].set_index("saved_query")["reason"]
    for name, *_ in list_saved():
        assert (f"metrics.{name}" in there) != (name in whole.index), name
    assert set(whole.index) == set(INSTEAD)
    for reason in whole:
        assert set(re.findall(r"reporting\.\w+", reason)) <= there


def test_the_same_build_again_changes_nothing(engine: Engine, first: tuple[Released, Engine]) -> None:
    before = checksum(engine)
    again = release(lambda _: None)
    assert not again.is_new and again.release_id == first[0].release_id
    assert checksum(engine) == before
    assert not is_due(first[0].as_of)


def test_the_attack_finds_nothing_and_then_what_was_planted(engine: Engine) -> None:
    done = attack_as("district_leader", policy())
    assert (done.found, done.unknown) == ([], [])
    assert done.cells > 1000
    absence = read(engine, "chronic_absence")
    blank = absence[absence["students_status"] == "small"].iloc[0]
    where = " and ".join(f"{key} = :{key}" for key in KEYS)
    codes = {key: blank[key].item() if hasattr(blank[key], "item") else blank[key] for key in KEYS}
    with engine.begin() as connection:
        true = connection.scalar(text(f"select n from marts.msr_chronic_absence where {where}"), codes)
        connection.execute(
            text(f"update reporting.chronic_absence set students = :true where {where}"), {**codes, "true": true}
        )
        connection.execute(text("create table reporting.left_over as select 1 as n"))
    try:
        done = attack_as("district_leader", policy())
        assert done.unknown == ["reporting.left_over"]
        assert any(finding.is_printed and finding.low == true for _, finding in done.found)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"update reporting.chronic_absence set students = null where {where}"), codes)
            connection.execute(text("drop table reporting.left_over"))


def test_questions_get_what_is_released_or_a_reason(engine: Engine) -> None:
    answer = ask(["chronic_absence_rate", "rated_students"], ["school_year", "race_group"], ["race_group = black"])
    absence = read(engine, "chronic_absence")
    black = absence[(absence["org_kind"] == "district") & (absence["subgroup"] == "black")]
    assert answer["rated_students"].fillna(-1).tolist() == black["rated"].fillna(-1).tolist()
    for names, by, says in (
        (["chronic_absence_rate"], ["race_group"], "add --by school_year"),
        (["chronic_absence_rate"], ["school_year", "level"], "not cut by level"),
        (["median_days_to_desk"], ["school_year"], "no released table"),
        (["chronic_absence_rate", "applicants"], ["school_year"], "ask for them apart"),
    ):
        with pytest.raises(RefusedError, match=says):
            ask(names, by, [])
    with pytest.raises(RefusedError, match="not released"):
        ask_saved("elt_by_program")
    assert len(ask_saved("chronic_absence_by_group"))


def test_the_attack_says_so_where_a_role_has_nothing_to_try(engine: Engine) -> None:
    with pytest.raises(SchoolhouseError, match="loader can read no table of counts"):
        attack_as("loader", policy())


@pytest.mark.parametrize(
    ("role", "code", "says"),
    [
        ("district_leader", 0, "chronically_absent_students_status"),
        ("district_analyst", 1, "takes the roles that read what is released"),
        ("nobody", 1, "takes the roles that read what is released"),
    ],
)
def test_the_command_line_answers_as_a_role(engine: Engine, role: str, code: int, says: str) -> None:
    asked = ["metrics", "query", "chronically_absent_students", "--by", "school_year", "--csv", "--as-role", role]
    told = CliRunner().invoke(app, asked)
    assert (told.exit_code, says in told.output + str(told.exception)) == (code, True)
    if code == 0:
        assert len(told.output.splitlines()) == 1 + 2, "a year each"


@pytest.fixture
def undecided(engine: Engine) -> Iterator[None]:
    """Nothing is known of one part, and the release that stands is of another declaration."""
    hidden = "update withheld.part set subject = :to where subject = :of"
    with engine.begin() as connection:
        connection.execute(text(hidden), {"of": "registration", "to": "hidden"})
        connection.execute(text("update ops.release set declaration_sha256 = 'other'"))
    yield
    with engine.begin() as connection:
        connection.execute(text("delete from ops.release where status = 'blocked'"))
        connection.execute(text(hidden), {"of": "hidden", "to": "registration"})


def test_what_the_attack_finds_blocks_the_release(
    engine: Engine, undecided: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decided by one who withholds the small counts and nothing beside them."""

    def careless(linked: LinkedTables, policy: Policy, percentages: Percentages) -> Decision:
        decided = protect(linked, policy, percentages)
        is_asked = linked.cells["is_asked"].to_numpy(bool)
        return replace(decided, is_shown=is_asked & ~decided.is_sensitive)

    before = checksum(engine)
    monkeypatch.setattr("include.privacy.figures.protect", careless)
    with pytest.raises(ReleaseError, match=r"the release before still stands(?s:.*)registration 202"):
        release(lambda _: None)
    assert checksum(engine) == before
    with engine.connect() as connection:
        noted = connection.execute(text("select findings, decided from ops.release where status = 'blocked'")).one()
    assert noted.findings > 0 and noted.decided == 2


def test_a_failed_build_and_another_release_are_told_apart(engine: Engine, undecided: None) -> None:
    with engine.begin() as connection:
        last = connection.execute(text("select * from ops.dbt_build order by build_id desc limit 1")).mappings().one()
        connection.execute(
            insert(dbt_build), {**{key: last[key] for key in last if key != "build_id"}, "is_success": False}
        )
    with pytest.raises(ReleaseError, match="newest build of the marts failed"):
        release(lambda _: None)
    with engine.begin() as connection:
        connection.execute(text("delete from ops.dbt_build where build_id > :last"), {"last": last["build_id"]})
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": RELEASE_LOCK})
        with pytest.raises(ReleaseError, match="Another release is at work"):
            release(lambda _: None)


@pytest.mark.slow
def test_a_new_cut_is_protected_and_remembered(engine: Engine) -> None:
    by = ["school_year", "race_group", "sex"]
    answer = ask(["chronically_absent_students", "rated_students"], by, ["school_year = 2026"])
    counts = answer[["chronically_absent_students", "rated_students"]]
    assert counts.notna().any(axis=None)
    assert not ((counts >= 1) & (counts < policy().min_cell)).any(axis=None)
    again = ask(["chronically_absent_students", "rated_students"], by, ["school_year = 2026"])
    pd.testing.assert_frame_equal(answer, again)
    with engine.connect() as connection:
        asked = connection.scalar(text("select count(*) from withheld.part where asked is not null"))
    assert asked >= 1
    assert_nothing_can_be_subtracted(answer, read(engine, "chronic_absence"))


def assert_nothing_can_be_subtracted(answer: pd.DataFrame, absence: pd.DataFrame) -> None:
    """Girls and boys of a race add up to its students, who were told before: one blank cannot stand alone."""
    printed = absence[
        (absence["org_kind"] == "district") & (absence["school_year"] == 2026) & (absence["subgroup_kind"] == "race")
    ].set_index("subgroup")
    told = printed[["rated", "chronic"]].to_dict("index")
    tied = 0
    for race, of_race in answer.groupby("race_group"):
        assert race in told, "the question's groups are called otherwise than the release's"
        for metric, count in (("rated_students", "rated"), ("chronically_absent_students", "chronic")):
            if pd.notna(told[race][count]):
                tied += 1
                assert of_race[metric].isna().sum() != 1, (race, metric)
    assert tied


def test_a_reader_sees_one_release_and_a_kill_leaves_the_old_one(engine: Engine) -> None:
    """Two subjects have changed, and all money is written anew; one process is killed in the swap, one is not."""
    program = (
        "import sys, time\n"
        "from include.release import job, publish\n"
        "from include.release.released import PLAIN\n"
        "from sqlalchemy import text\n"
        "from include.warehouse.engine import warehouse_engine\n"
        "with warehouse_engine().begin() as c:\n"
        "    c.execute(text('update ops.release set declaration_sha256 = gen_random_uuid()::text'))\n"
        "    c.execute(text('update withheld.part set fingerprint = subject where subject = any(:some)'),\n"
        "              {'some': ['access', 'registration']})\n"
        "ended = job.metrics.write_saved\n"
        "def slow(connection):\n"
        "    print('swapping', flush=True)\n"
        "    time.sleep(float(sys.argv[1]))\n"
        "    return ended(connection)\n"
        "job.metrics.write_saved = slow\n"
        "job.release(lambda _: None)\n"
    )

    def start(seconds: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", program, seconds], cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True
        )

    before = checksum(engine)
    seen: set[tuple[int, int]] = set()
    is_over = threading.Event()

    def read_on() -> None:
        query = "select (select count(*) from reporting.registration), (select count(*) from reporting.spending)"
        while not is_over.is_set():
            with engine.connect() as connection:
                seen.add(tuple(connection.execute(text(query)).one()))
            time.sleep(0.01)

    reader = threading.Thread(target=read_on)
    reader.start()
    try:
        killed = start("60")
        assert killed.stdout is not None and killed.stdout.readline() == "swapping\n"
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert checksum(engine) == before
        ended = start("0.5")
        assert ended.stdout is not None and ended.stdout.readline() == "swapping\n"
        assert ended.wait() == 0
        killed.stdout.close()
        ended.stdout.close()
    finally:
        is_over.set()
        reader.join()
    assert len(seen) == 1, "a reader saw a table without its rows"
    assert checksum(engine) == before


@pytest.mark.slow
def test_nothing_is_found_in_two_releases_of_the_whole_district(whole_lakeside: Lakeside) -> None:
    """As of February, then as of March: who came, left, was absent or suspended in between."""
    build(dt.date(2026, 2, 2))
    one = release(lambda _: None)
    build(dt.date(2026, 3, 2))
    two = release(lambda _: None)
    assert one.decided == one.parts and 0 < two.decided < two.parts
    done = attack_as("district_leader", policy())
    assert (done.found, done.unknown) == ([], [])
    assert done.cells > 50_000
