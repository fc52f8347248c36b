"""What tests start by themselves: one embedded PostgreSQL a session, one fresh warehouse a test."""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from xdist.scheduler import LoadScopeScheduling

from include.cli import COLLECTIONS
from include.settings import ROOT
from include.warehouse import server
from include.warehouse.engine import forget_engines, maintenance_url, warehouse_engine
from include.warehouse.migrate import migrate
from tests.servers.postgres import maintain, trust_the_machine

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


# The longest first. One machine serves all of its folder, unless a file is named by itself.
GROUPS = ("tests/e2e/test_public.py", "tests/e2e/", "tests/marts/", "tests/access/", "tests/dbt/", "tests/desk/")


# Who may do what in a database is not copied with it.
COPY_PRIVILEGES = """
do $$
declare given record;
begin
    revoke all on database {0} from public;
    for given in
        select a.grantee::regrole as grantee, a.privilege_type from pg_database d, aclexplode(d.datacl) a
        where d.datname = '{1}' and a.grantee <> d.datdba
    loop
        execute format('grant %s on database {0} to %s', given.privilege_type, given.grantee);
    end loop;
end $$
"""


def pytest_configure(config: pytest.Config) -> None:
    """Look for garbage as seldom as the command line does."""
    gc.set_threshold(*COLLECTIONS)


def group_of(nodeid: str) -> str:
    """Tests of one group share a warehouse, so they run in one process."""
    file = nodeid.split("::")[0]
    return next((name for name in GROUPS if file.startswith(name)), file)


class GroupScheduling(LoadScopeScheduling):
    """Hands whole groups to the processes."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupScheduling:
    """Asked by xdist, where the tests run in several processes."""
    return GroupScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and say what cannot run."""
    rest = len(GROUPS)
    items.sort(key=lambda item: GROUPS.index(group_of(item.nodeid)) if group_of(item.nodeid) in GROUPS else rest)
    _skip_without_the_real_data(items)


def _skip_without_the_real_data(items: list[pytest.Item]) -> None:
    """Say so where the real data that a test needs is not beside the checkout."""
    if SHARED_DATA.is_dir():
        return
    missing = pytest.mark.skip(reason=f"needs the real data in {SHARED_DATA}, which is not there")
    for item in items:
        if item.get_closest_marker("shared_data"):
            item.add_marker(missing)


@pytest.fixture(scope="session")
def project_as_read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Lets a state folder share the dbt project as it was read with those of all other tests, and by the checks."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "read"
    shared.mkdir(exist_ok=True)
    for known in (ROOT / ".schoolhouse" / "dbt" / "read").glob("*.msgpack"):
        # A copy, since whoever works on the project meanwhile may have the older ones taken away; whole or not at all.
        copied = Path(shutil.copy(known, own))
        copied.replace(shared / known.name)

    def share(state: Path) -> None:
        (state / "dbt").mkdir(parents=True, exist_ok=True)
        (state / "dbt" / "read").symlink_to(shared)

    return share


@pytest.fixture(scope="session")
def state_folder(project_as_read: Callable[[Path], None]) -> Iterator[Path]:
    """A state folder of the tests' own, with a running server that is removed at the end."""
    with tempfile.TemporaryDirectory(prefix="schoolhouse-test-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLHOUSE_STATE", folder)
        patch.delenv("SCHOOLHOUSE_WAREHOUSE_URL", raising=False)
        patch.delenv("SCHOOLHOUSE_PG_PORT", raising=False)
        project_as_read(Path(folder))
        server.start()
        trust_the_machine()
        yield Path(folder)
        forget_engines()
        server.remove()


@pytest.fixture(scope="session")
def fresh_warehouse(state_folder: Path) -> Callable[..., AbstractContextManager[Engine]]:
    """For tests that need several: each call gives a fresh, migrated warehouse, dropped when the block ends.

    Each is a copy of one that was migrated, or of another one, whose sessions end, with the roles of that one; with
    copy_of=None it has its own. The lowest free number names it, so that the dbt project as it was read for one
    serves those after it.
    """
    with _named("test_template"):
        migrate()
    taken: set[str] = set()

    @contextmanager
    def fresh(copy_of: str | None = "test_template") -> Iterator[Engine]:
        name = next(name for name in map("test_{}".format, itertools.count()) if name not in taken)
        taken.add(name)
        with _named(name):
            if copy_of is not None:
                maintain(
                    f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{copy_of}'",
                    f"create database {name} template {copy_of} strategy file_copy",
                    COPY_PRIVILEGES.format(name, copy_of),
                )
            else:
                migrate()
            yield warehouse_engine()
        maintain(f"drop database {name} with (force)")
        taken.remove(name)

    return fresh


@pytest.fixture(scope="module")
def module_warehouse(fresh_warehouse: Callable[[], AbstractContextManager[Engine]]) -> Iterator[Engine]:
    """A fresh, migrated warehouse that the tests of one module share."""
    with fresh_warehouse() as engine:
        yield engine


@pytest.fixture
def warehouse(fresh_warehouse: Callable[[], AbstractContextManager[Engine]]) -> Iterator[Engine]:
    """A fresh, migrated warehouse for one test."""
    with fresh_warehouse() as engine:
        yield engine


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Within the block, the warehouse is the database of this name."""
    with pytest.MonkeyPatch.context() as patch:
        url = maintenance_url().set(database=name)
        patch.setenv("SCHOOLHOUSE_WAREHOUSE_URL", url.render_as_string(hide_password=False))
        yield
        warehouse_engine().dispose()
    forget_engines()
