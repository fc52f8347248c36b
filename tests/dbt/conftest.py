"""The tiny district in a warehouse of its own; dbt runs on it for real."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from tiny_district import district_folder, land_exceptions, land_people

from include.transform import marts


@pytest.fixture(scope="module")
def tiny(module_warehouse: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The tiny district, landed with exceptions; the environment names it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = district_folder(tmp_path_factory.mktemp("district") / "tiny", "attendance_reporting: exceptions")
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        land_people(module_warehouse)
        land_exceptions(module_warehouse)
        yield module_warehouse


@pytest.fixture
def build_only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Call it with models: `build` then makes these and what they are made of, where a test looks at nothing else."""

    def only(*models: str) -> None:
        # Tests that look at other tables too have nothing to look at here.
        chosen = ("--indirect-selection", "cautious", "--select", *(f"+{model}" for model in models))
        monkeypatch.setattr(marts, "WITHOUT_UNIT_TESTS", (*marts.WITHOUT_UNIT_TESTS, *chosen))

    return only
