"""`kill -9` of `run`, in one warehouse after another stage: the last run ends as if nothing had happened."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.e2e.world import Undisturbed, World

PATIENCE_SECONDS = 120


def _read_until(process: subprocess.Popen[str], is_time: Callable[[str], bool]) -> None:
    """Read what the command prints up to the line that is awaited."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if is_time(line):
            return
    pytest.fail(f"run ended before it could be killed:\n{''.join(seen)}")


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert process.stdout is not None
    process.stdout.close()


def _count(world: World, name: str, query: str) -> int:
    with world.database(name) as engine, engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def _kill_in_ingest(world: World, district: Path) -> None:
    process = world.start("run", "--district", str(district))
    landed = []

    def third_feed_is_in(line: str) -> bool:
        landed.append("load_feed" in line)
        return sum(landed) == 3

    _read_until(process, third_feed_is_in)
    _kill(process)
    assert _count(world, district.name, "select count(distinct feed) from ops.load") >= 3
    assert _count(world, district.name, "select count(*) from ops.dbt_build") == 0


def _kill_in_transform(world: World, district: Path) -> None:
    process = world.start("run", "--district", str(district))
    _read_until(process, lambda line: line.strip() == "transform")
    relations = (
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname in ('staging', 'intermediate', 'marts') and c.relkind in ('r', 'v')"
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _count(world, district.name, relations) < 5:
        assert process.poll() is None, "run ended before it could be killed"
        assert time.monotonic() < deadline, "the build never began"
        time.sleep(0.1)
    _kill(process)
    assert _count(world, district.name, "select count(*) from ops.dbt_build") == 0
    # What a kill between the two renames of a table leaves.
    with world.database(district.name) as engine, engine.begin() as connection:
        connection.execute(text("create table marts.dim_school__dbt_backup as select 1 as left_over"))


def _kill_in_publish(world: World, district: Path) -> None:
    process = world.start("run", "--district", str(district))
    _read_until(process, lambda line: "watch_drift" in line)
    _kill(process)
    assert _count(world, district.name, "select count(*) from ml.score") > 0


@pytest.mark.parametrize(
    ("name", "kills"),
    [
        ("killed", (_kill_in_transform,)),
        pytest.param("killed_thrice", (_kill_in_ingest, _kill_in_transform, _kill_in_publish), marks=pytest.mark.slow),
    ],
)
def test_the_run_after_any_kill_ends_as_an_undisturbed_one(
    world: World, undisturbed: Undisturbed, name: str, kills: tuple[Callable[[World, Path], None], ...]
) -> None:
    """Each kill leaves its remains to the next run; the last one must have put all of them right."""
    district = world.district(name)
    for kill in kills:
        kill(world, district)
        assert world.unfinished_runs() > 0, "the kill came too late to leave anything unfinished"
    code, output = world.command("run", "--district", str(district))
    assert code == 0, output
    assert world.unfinished_runs() == 0, "a killed run is still under way in Airflow's eyes"
    expected, found = undisturbed.checksums, world.checksums(name)
    different = {table for table in expected.keys() | found.keys() if expected.get(table) != found.get(table)}
    assert different == set()
    leftovers = r"select count(*) from pg_class where relname like '%\_\_dbt\_%' and relkind in ('r', 'v')"
    assert _count(world, name, leftovers) == 0
