"""One warehouse with two schools, and the real server over it on loopback."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import Engine

from include.settings import DEFAULT_DISTRICT, ROOT
from include.warehouse.engine import warehouse_url
from include.warehouse.server import desk_secret
from tests.desk.world import DISTRICT, Browser, World, make_world
from tests.e2e.world import free_port

START_SECONDS = 60


@contextmanager
def served(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The desk's own process, once it answers; it is ended afterwards unless somebody did before."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "include.desk.serve"],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=output,
            stderr=output,
        )
    deadline = time.monotonic() + START_SECONDS
    address = f"http://127.0.0.1:{environment['SCHOOLHOUSE_DESK_PORT']}/health"
    try:
        while True:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            try:
                httpx.get(address, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def world(
    fresh_warehouse: Callable[..., AbstractContextManager[Engine]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The schools of tests/desk/world.py and the desk over them, for all tests of the folder."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "district.yml").write_text(DISTRICT)
    shutil.copytree(DEFAULT_DISTRICT / "letters", folder / "texts")
    with pytest.MonkeyPatch.context() as patch, fresh_warehouse() as engine:
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        make_world(engine)
        port = free_port()
        environment = {
            "SCHOOLHOUSE_DISTRICT": str(folder),
            "SCHOOLHOUSE_WAREHOUSE_URL": engine.url.render_as_string(hide_password=False),
            "SCHOOLHOUSE_DESK_PORT": str(port),
        }
        with served(environment, folder / "desk.log"):
            world = World(engine, f"http://127.0.0.1:{port}", environment, folder)
            yield world
            world.close()


@pytest.fixture(scope="session")
def ana(world: World) -> Iterator[Browser]:
    """A member of the team of A."""
    with world.signed_in("ana") as browser:
        yield browser


@pytest.fixture(scope="session")
def bert(world: World) -> Iterator[Browser]:
    """A member of the team of B."""
    with world.signed_in("bert") as browser:
        yield browser


@pytest.fixture
def hole(world: World, ana: Browser) -> Iterator[psycopg.Connection]:
    """What somebody has who found a hole in a page: any SQL as the pages' login, with ana's session."""
    url = warehouse_url()
    role = world.one("select role_name from access.role where name = 'desk'")
    with psycopg.connect(
        host=url.host, port=url.port, dbname=url.database, user=f"{role}_login", password=desk_secret()
    ) as connection:
        proof = hashlib.sha256(ana.client.cookies["desk_session"].encode()).hexdigest()
        connection.execute("select set_config('schoolhouse.session', %s, true)", (proof,))
        yield connection
        connection.rollback()
