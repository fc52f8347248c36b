"""The embedded PostgreSQL: closed to others, and back after a crash."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from include.errors import SchoolhouseError
from include.settings import settings
from include.warehouse import server
from include.warehouse.engine import maintenance_url, warehouse_url


def test_a_password_is_needed_and_kept_to_its_owner(state_folder: Path) -> None:
    url = maintenance_url()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=url.host, port=url.port, user=url.username, dbname=url.database, password="guess")
    assert stat.S_IMODE((state_folder / "postgres.password").stat().st_mode) == 0o600


def test_it_listens_on_loopback_only(state_folder: Path, warehouse: Engine) -> None:
    with warehouse.connect() as connection:
        assert connection.scalar(text("show listen_addresses")) == "127.0.0.1"
        assert connection.scalar(text("show unix_socket_directories")) == ""


def test_the_data_is_closed_to_other_accounts(state_folder: Path, warehouse: Engine) -> None:
    with warehouse.connect() as connection:
        data = Path(connection.scalar(text("show data_directory")) or "")
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE(state_folder.stat().st_mode) == 0o700


def test_it_comes_back_after_kill_9_with_what_was_committed(
    state_folder: Path, warehouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with warehouse.begin() as connection:
        connection.execute(text("create table survivor as select generate_series(1, 1000) n"))
        data = Path(connection.scalar(text("show data_directory")) or "")
    postmaster = int((data / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while server.is_running() and time.monotonic() < deadline:
        time.sleep(0.1)
    # The fixture names its database by URL, and a server that is named by URL is not ours to start.
    with monkeypatch.context() as patch:
        patch.delenv("SCHOOLHOUSE_WAREHOUSE_URL")
        server.start()
    with warehouse.connect() as connection:
        assert connection.scalar(text("select count(*) from survivor")) == 1000


def test_two_starts_at_once_make_one_server(state_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCHOOLHOUSE_WAREHOUSE_URL", raising=False)
    server.stop()
    assert not server.is_running()
    command = [sys.executable, "-c", "from include.warehouse import server; server.start()"]
    environment = {**os.environ, "PYTHONPATH": str(settings().root)}
    starters = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [starter.wait(timeout=60) for starter in starters] == [0, 0]
    assert server.is_running()


def test_it_leaves_a_port_where_something_else_listens_by_now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SCHOOLHOUSE_WAREHOUSE_URL", raising=False)
    other = server.port()
    server.start()
    monkeypatch.setenv("SCHOOLHOUSE_STATE", str(tmp_path / "state"))
    try:
        server.start()
        server.stop()
        (tmp_path / "state" / "postgres.port").write_text(str(other))
        assert not server.is_running()
        server.start()
        assert server.is_running()
        assert server.port() != other
    finally:
        server.remove()


def test_a_url_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOOLHOUSE_WAREHOUSE_URL", "postgresql://me:secret@db.example:6543/lake")
    url = warehouse_url()
    assert (url.drivername, url.host, url.port, url.database) == ("postgresql+psycopg", "db.example", 6543, "lake")
    assert not server.is_embedded()
    monkeypatch.setenv("SCHOOLHOUSE_WAREHOUSE_URL", "mysql://me@db.example/lake")
    with pytest.raises(SchoolhouseError, match="must look like postgresql://"):
        warehouse_url()


def test_a_port_that_is_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOOLHOUSE_PG_PORT", "high")
    with pytest.raises(SchoolhouseError, match="SCHOOLHOUSE_PG_PORT='high' is not a port"):
        settings()
