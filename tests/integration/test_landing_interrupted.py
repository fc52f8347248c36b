"""A load that is killed leaves nothing; two at once double nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Engine, text

from include.settings import settings

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
    for seconds in (1.2, 1.6, 2.0):
        loader = start(path)
        time.sleep(seconds)
        loader.send_signal(signal.SIGKILL)
        loader.communicate()
        assert state(warehouse) in {(0, 0, 0), (ROWS, 1, 1)}
    loader = start(path)
    loader.communicate(timeout=60)
    rows, _, files = state(warehouse)
    assert (rows, files) == (ROWS, 1)


def test_two_loads_of_one_feed_at_once(warehouse: Engine, tmp_path: Path) -> None:
    path = attendance(tmp_path)
    said = [loader.communicate(timeout=120)[0].strip() for loader in [start(path), start(path)]]
    assert sorted(said) == ["already_loaded", "landed"]
    assert state(warehouse) == (ROWS, 2, 1)
