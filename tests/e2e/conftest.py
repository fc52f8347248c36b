"""One small generated district, one state folder and one server for all end-to-end tests."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from include.commands.serving import warehouse_server
from include.orchestration import processes
from include.settings import ROOT
from include.warehouse import server
from tests.e2e.world import Undisturbed, World, free_port
from tests.servers.postgres import trust_the_machine


@pytest.fixture(scope="session")
def world(project_as_read: Callable[[Path], None]) -> Iterator[World]:
    """State, server and ports of the end-to-end tests; everything is stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="schoolhouse-e2e-") as name, ExitStack() as held:
        folder = Path(name)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SCHOOLHOUSE_", "AIRFLOW"))}
        ports = {f"SCHOOLHOUSE_{name}_PORT": str(free_port()) for name in ("AIRFLOW", "DOCS", "DESK")}
        ours = {"SCHOOLHOUSE_STATE": str(folder / "state"), **ports}
        world = World(folder, {**kept, **ours, "PYTHONPATH": str(ROOT), "COLUMNS": "200"})
        project_as_read(world.state)
        with world.entered():
            # Held, so that no command stops the server that the next test looks into.
            serving = held.enter_context(ExitStack())
            serving.enter_context(warehouse_server())
            trust_the_machine()
        yield world
        with world.entered():
            processes.stop_all()
            serving.close()
            server.remove()


@pytest.fixture(scope="session")
def undisturbed(world: World) -> Undisturbed:
    """One run from nothing, that nobody interrupts."""
    district = world.district("calm")
    code, output = world.command("run", "--district", str(district))
    assert code == 0, output
    return Undisturbed(district, code, output, world.checksums("calm"))
