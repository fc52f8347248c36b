"""The tiny district in a warehouse of its own; dbt runs on it for real."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from tiny_district import district_folder, land_exceptions, land_people


@pytest.fixture(scope="module")
def tiny(module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The tiny district, landed with exceptions; the environment names it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = district_folder(tmp_path_factory.mktemp("district") / "tiny", "attendance_reporting: exceptions")
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        land_people(module_warehouse)
        land_exceptions(module_warehouse)
        yield module_warehouse
