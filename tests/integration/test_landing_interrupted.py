"""A load that is killed, or finds no room to write, leaves nothing; two at once double nothing."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text

from include.demo.generate import generate
from include.districts import FileFeed
from include.landing.load import load_file
from include.settings import DEFAULT_DISTRICT, settings
from include.sources import deliveries
from include.warehouse import server
from include.warehouse.engine import warehouse_url
from models.landing import CONTRACTS

LOAD = """
import datetime as dt
from pathlib import Path
from include.districts import FileFeed
from include.landing.load import load_file
from include.sources import deliveries
from include.warehouse.engine import warehouse_engine
path = Path(__import__("sys").argv[1])
feed = FileFeed.model_validate({"name": "test.feed", "source": "test", "folder": str(path.parent), "files": path.name,
    "contract": "sis.attendance_event", "mode": "delta",
    "columns": {"student_id": "student", "school_id": "school", "on_date": "day", "code": "code"}})
(delivery,) = deliveries(feed, None, None, path.parent)
print(load_file(warehouse_engine(), feed, delivery, dt.date(2026, 3, 2)).status)
"""
ROWS = 60_000


def start(path: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(settings().root)}
    return subprocess.Popen([sys.executable, "-c", LOAD, str(path)], env=environment, stdout=subprocess.PIPE, text=True)


def attendance(folder: Path) -> Path:
    path = folder / "a.csv"
    lines = (f"s{n},A,2026-02-{n % 28 + 1:02},AU\n" for n in range(ROWS))
    path.write_text("student,school,day,code\n" + "".join(lines))
    return path


def state(engine: Engine) -> tuple[int, int, int]:
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "select (select count(*) from landing.sis_attendance_event), (select count(*) from ops.load),"
                " (select count(*) from ops.source_file)"
            )
        ).one()
    return row[0], row[1], row[2]


def test_kill_9_at_several_moments_then_the_same_load(warehouse: Engine, tmp_path: Path) -> None:
    path = attendance(tmp_path)
    for seconds in (0.7, 1.1, 1.6):
        loader = start(path)
        time.sleep(seconds)
        loader.send_signal(signal.SIGKILL)
        loader.communicate()
        rows, loads, files = state(warehouse)
        # On a fast machine it was through before the kill, and the next says that it had nothing to do.
        assert (rows, files) in {(0, 0), (ROWS, 1)} and (loads > 0) == (rows > 0)
    loader = start(path)
    loader.communicate(timeout=60)
    rows, _, files = state(warehouse)
    assert (rows, files) == (ROWS, 1)


def test_two_loads_of_one_feed_at_once(warehouse: Engine, tmp_path: Path) -> None:
    path = attendance(tmp_path)
    said = [loader.communicate(timeout=120)[0].strip() for loader in [start(path), start(path)]]
    assert sorted(said) == ["already_loaded", "landed"]
    assert state(warehouse) == (ROWS, 2, 1)


NIGHT = """
import datetime as dt
from include.districts import load_district
from include.landing import ingest_feed
from include.orchestration.connections import access_of
district = load_district()
for feed in district.feeds:
    ingest_feed(district, feed.name, dt.date(2026, 3, 2), access_of(feed))
"""
AS_OF = dt.date(2026, 3, 2)
KILLS = [pytest.param(2, id="two moments"), pytest.param(20, id="twenty moments", marks=pytest.mark.slow)]


def start_night(state: Path) -> subprocess.Popen[bytes]:
    """Land every feed of the generated district whose files are below `state`, in a process of its own."""
    address = warehouse_url().render_as_string(hide_password=False)
    environment = {
        **os.environ,
        "PYTHONPATH": str(settings().root),
        "SCHOOLHOUSE_STATE": str(state),
        "SCHOOLHOUSE_DISTRICT": str(DEFAULT_DISTRICT),
        "SCHOOLHOUSE_WAREHOUSE_URL": address,
    }
    return subprocess.Popen([sys.executable, "-c", NIGHT], env=environment, stderr=subprocess.PIPE)


def landed_by_load(engine: Engine) -> dict[int, int]:
    """Versions in the landing tables by the load that brought them."""
    union = " union all ".join(f"select _load_id from landing.{table.name}" for table in CONTRACTS.values())
    with engine.connect() as connection:
        rows = connection.execute(text(f"select _load_id, count(*) from ({union}) v group by 1")).all()
    return {row[0]: row[1] for row in rows}


def audit(engine: Engine) -> dict[str, tuple[int, ...]]:
    """Read, landed, unchanged and quarantined by feed, of the loads that landed; checked against the tables."""
    with engine.connect() as connection:
        loads = connection.execute(text("select * from ops.load where status = 'landed'")).all()
        refused = connection.execute(text("select load_id, count(*) from ops.quarantine group by 1")).all()
    assert {load.load_id: load.landed for load in loads if load.landed} == landed_by_load(engine)
    assert {load.load_id: load.quarantined for load in loads if load.quarantined} == dict(map(tuple, refused))
    counted: dict[str, tuple[int, ...]] = {}
    for load in loads:
        assert load.rows_read == load.landed + load.unchanged + load.quarantined
        before = counted.get(load.feed, (0, 0, 0, 0))
        now = (load.rows_read, load.landed, load.unchanged, load.quarantined)
        counted[load.feed] = tuple(a + b for a, b in zip(before, now, strict=True))
    return counted


@pytest.mark.parametrize("kills", KILLS)
def test_a_night_killed_at_random_moments_ends_as_an_undisturbed_one(
    kills: int, fresh_warehouse: Callable[[], AbstractContextManager[Engine]], tmp_path: Path
) -> None:
    generate(tmp_path / "demo" / "lakeside", 300, 2, 7, AS_OF)
    with fresh_warehouse() as engine:
        begun = time.monotonic()
        night = start_night(tmp_path)
        _, said = night.communicate()
        assert night.returncode == 0, said
        whole, seconds = audit(engine), time.monotonic() - begun
    moments = random.Random(kills)
    with fresh_warehouse() as engine:
        for _ in range(kills):
            night = start_night(tmp_path)
            time.sleep(moments.uniform(0.1, 0.95) * seconds)
            night.kill()
            night.communicate()
            audit(engine)
        night = start_night(tmp_path)
        _, said = night.communicate()
        assert night.returncode == 0, said
        assert audit(engine) == whole


def refuse_to_write_beyond(limit: int, process: int) -> None:
    """Let no file of the server's process grow beyond so many bytes."""
    # Only the account that the server runs as may limit it.
    command = ["prlimit", "--pid", str(process), f"--fsize={limit}"]
    subprocess.run(command, check=True, cwd="/", **server._as_account())


def test_a_load_that_finds_no_room_leaves_nothing_and_lands_later(warehouse: Engine, tmp_path: Path) -> None:
    """The kernel refuses the server's writes beyond a size, as it does on a full disk."""
    path = tmp_path / "a.csv"
    rows = 250_000
    with path.open("w") as file:
        file.write("student,school,day,code\n")
        file.writelines(f"student-{n:08},A,2026-02-{n % 28 + 1:02},AU\n" for n in range(rows))
    feed = FileFeed.model_validate(
        {
            "name": "test.feed", "source": "test", "folder": str(tmp_path), "files": "a.csv",
            "contract": "sis.attendance_event", "mode": "delta",
            "columns": {"student_id": "student", "school_id": "school", "on_date": "day", "code": "code"},
        }
    )  # fmt: skip

    def load(limit: int | None) -> None:
        engine = create_engine(warehouse.url)
        with engine.connect() as connection:
            backend = connection.execute(text("select pg_backend_pid()")).scalar_one()
        if limit is not None:
            refuse_to_write_beyond(limit, backend)
        # The pool hands the same session to the load.
        (delivery,) = deliveries(feed, None, None, tmp_path)
        try:
            load_file(engine, feed, delivery, AS_OF)
        finally:
            engine.dispose()

    with pytest.raises(psycopg.Error, match="File too large"):
        load(16 * 1024 * 1024)
    assert state(warehouse) == (0, 0, 0)
    load(None)
    assert state(warehouse) == (rows, 1, 1)
