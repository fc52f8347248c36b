"""One small district, built once, that all tests of access look at as the people of it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Engine

from include.transform import build
from tests.access.world import hire, land_everything, land_list
from tests.dbt.tiny_district import AS_OF, district_folder


@pytest.fixture(scope="session")
def district(
    fresh_warehouse: Callable[..., AbstractContextManager[Engine]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, dict[str, str]]]:
    """The district of tests/access/world.py, built and with its people hired, and the environment that names it."""
    with pytest.MonkeyPatch.context() as patch, fresh_warehouse(copy_of=None) as engine:
        folder = district_folder(tmp_path_factory.mktemp("district") / "tiny", "attendance_reporting: exceptions")
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        land_everything(engine)
        build(AS_OF)
        land_list(engine)
        hire(engine)
        url = engine.url.render_as_string(hide_password=False)
        yield engine, {"SCHOOLHOUSE_DISTRICT": str(folder), "SCHOOLHOUSE_WAREHOUSE_URL": url}


@pytest.fixture
def built(district: tuple[Engine, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The built district; the environment names it while the test runs."""
    engine, environment = district
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    return engine
