"""The faults of the generated district: each is refused as truth.json says, and none moves a figure."""

import datetime as dt
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.demo.generate import generate
from include.districts import District, load_district
from include.landing import ingest_feed
from include.orchestration.connections import access_of
from include.settings import DEFAULT_DISTRICT
from include.transform import build, marts
from tests.dbt.tiny_district import WITHOUT_TESTS

AS_OF = dt.date(2026, 3, 2)
STUDENTS, YEARS, SEED = 400, 3, 7


@dataclass(frozen=True)
class Outcome:
    """A district after one run. refused: the reason by feed, file name and line.

    marts: a hash of each table's sorted rows without those of numbers that no roster knows, and how many
    those are. counts: read, landed, unchanged and quarantined by feed.
    """

    truth: dict[str, Any]
    refused: dict[tuple[str, str, int], str]
    marts: dict[str, tuple[str, int]]
    counts: dict[str, tuple[int, ...]]


def written(folder: Path, is_dirty: bool) -> tuple[District, dict[str, Any]]:
    """The default district with its files in `folder`, and what truth.json says of them."""
    generate(folder, STUDENTS, YEARS, SEED, AS_OF, dirt=is_dirty)
    district = load_district(DEFAULT_DISTRICT)
    feeds = tuple(feed.model_copy(update={"folder": str(folder / feed.source)}) for feed in district.feeds)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return district.model_copy(update={"feeds": feeds}), truth


def marts_of(engine: Engine, strangers: list[str]) -> dict[str, tuple[str, int]]:
    """Hash of the known students' rows, and the number of other rows, by table of the marts."""
    found = {}
    with engine.connect() as connection:
        columns = connection.execute(
            text(
                "select table_name, bool_or(column_name = 'student_id') from information_schema.columns "
                "where table_schema = 'marts' group by 1"
            )
        )
        for name, has_students in columns.all():
            known = "student_id is null or student_id <> all(:strangers)" if has_students else "true"
            row = connection.execute(
                text(
                    f"select coalesce(md5(string_agg(t::text, e'\\n' order by t::text) filter (where {known})), ''), "
                    f"count(*) filter (where not ({known})) from marts.{name} t"
                ),
                {"strangers": strangers} if has_students else {},
            ).one()
            found[name] = (row[0], row[1])
    return found


def after_a_run(engine: Engine, district: District, truth: dict[str, Any], strangers: list[str]) -> Outcome:
    """Land every feed of the district, build the marts, and look at what there is."""
    for feed in district.feeds:
        ingest_feed(district, feed.name, AS_OF, access_of(feed))
    result = build(AS_OF)
    assert result.is_success, result.failures
    with engine.connect() as connection:
        refused = connection.execute(text("select feed, file_name, line, reason from ops.quarantine")).all()
        counts = connection.execute(
            text(
                "select feed, sum(rows_read), sum(landed), sum(unchanged), sum(quarantined) from ops.load group by feed"
            )
        ).all()
    assert len(refused) == len({tuple(row)[:3] for row in refused})
    return Outcome(
        truth,
        {(row.feed, row.file_name, row.line): row.reason for row in refused},
        marts_of(engine, strangers),
        {row[0]: tuple(map(int, row[1:])) for row in counts},
    )


@pytest.fixture(scope="module")
def districts(
    fresh_warehouse: Callable[[], AbstractContextManager[Engine]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Outcome, Outcome]:
    """The district with and without its faults, each in a warehouse of its own."""
    folder = tmp_path_factory.mktemp("demo")
    made = [written(folder / name, name == "dirty") for name in ("clean", "dirty")]
    strangers = sorted(made[1][1]["dirt"]["strangers"])
    outcomes = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(DEFAULT_DISTRICT))
        for district, truth in made:
            with fresh_warehouse() as engine, pytest.MonkeyPatch.context() as options:
                if truth["dirt"] is None:
                    options.setattr(marts, "WITHOUT_UNIT_TESTS", WITHOUT_TESTS)
                outcomes.append(after_a_run(engine, district, truth, strangers))
    return outcomes[0], outcomes[1]


def test_a_clean_district_has_nothing_to_refuse(districts: tuple[Outcome, Outcome]) -> None:
    clean, _ = districts
    assert clean.refused == {}
    assert clean.truth["dirt"] is None


def test_exactly_the_planted_rows_are_refused_each_for_its_reason(districts: tuple[Outcome, Outcome]) -> None:
    _, dirty = districts
    planted = {
        (row["feed"], Path(row["file"].split("!")[0]).name, row["line"]): row
        for row in dirty.truth["dirt"]["rows"]
        if row["outcome"] == "refused"
    }
    assert set(dirty.refused) == set(planted)
    for place, row in planted.items():
        assert row["reason"] in dirty.refused[place], place


def test_every_row_of_every_file_is_accounted_for(districts: tuple[Outcome, Outcome]) -> None:
    for outcome in districts:
        for feed, known in outcome.truth["feeds"].items():
            read, landed, unchanged, quarantined = outcome.counts[feed]
            assert read == known["rows"] == landed + unchanged + quarantined, feed
            assert quarantined == known["refused"], feed


def test_every_figure_is_that_of_the_clean_district(districts: tuple[Outcome, Outcome]) -> None:
    """But for rows about numbers that no roster knows: as many as truth.json says, where it says so."""
    clean, dirty = districts
    assert set(clean.marts) == set(dirty.marts)
    different = {name for name in clean.marts if clean.marts[name][0] != dirty.marts[name][0]}
    assert different == set()
    strange = {name: rows for name, (_, rows) in dirty.marts.items() if rows}
    assert strange == dirty.truth["dirt"]["strangers_in_marts"]


def test_of_each_kind_there_is_one_and_of_all_there_are_few(districts: tuple[Outcome, Outcome]) -> None:
    truth = districts[1].truth
    assert set(truth["dirt"]["by_kind"]) == {
        "conflicting duplicate", "cut short", "date", "date layout", "duplicate", "huge", "latin-1", "missing",
        "negative", "older state", "orphan", "repeated header", "second number", "too many cells", "utf-8",
        "word", "wrong code",
    }  # fmt: skip
    files = {entry["kind"] for entry in truth["dirt"]["files"]}
    assert files == {"renamed columns", *(f"file sent again: {how}" for how in ("same", "cut", "older"))}
    rows = sum(feed["rows"] for feed in truth["feeds"].values())
    assert len(truth["dirt"]["rows"]) < 0.0015 * rows
