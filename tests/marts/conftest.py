"""One built district for all tests of the marts, and the whole one for those that need its numbers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Engine

from tests.marts.lakeside import Lakeside, lakeside_of

STUDENTS = 1_200
ALL_STUDENTS = 14_500


@pytest.fixture(scope="session")
def lakeside(
    fresh_warehouse: Callable[[], AbstractContextManager[Engine]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lakeside]:
    """A small generated district."""
    with lakeside_of(STUDENTS, tmp_path_factory.mktemp("lakeside"), fresh_warehouse) as built:
        yield built


@pytest.fixture(scope="session")
def whole_lakeside(
    fresh_warehouse: Callable[[], AbstractContextManager[Engine]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lakeside]:
    """The generated district in its full size: for slow tests only."""
    with lakeside_of(ALL_STUDENTS, tmp_path_factory.mktemp("whole"), fresh_warehouse) as built:
        yield built


@pytest.fixture(autouse=True)
def in_lakeside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that asks for a district stands in its warehouse while it runs."""
    for name in {"lakeside", "whole_lakeside"} & set(request.fixturenames):
        for variable, value in request.getfixturevalue(name).environment.items():
            monkeypatch.setenv(variable, value)
