"""The generated district, written once for all tests about it, without the faults of real exports."""

import json
from pathlib import Path
from typing import Any

import pytest

from include.demo.generate import generate
from tests.unit.demo_files import AS_OF, IN_SUMMER, SEED, STUDENTS, YEARS


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district's files."""
    out = tmp_path_factory.mktemp("demo")
    generate(out, STUDENTS, YEARS, SEED, AS_OF, dirt=False)
    return out


@pytest.fixture(scope="session")
def truth(folder: Path) -> dict[str, Any]:
    """What truth.json says of them."""
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A larger district, in which shares are within a point or two of what they are drawn from."""
    out = tmp_path_factory.mktemp("town")
    generate(out, 4_000, 4, 5, AS_OF, dirt=False)
    return out


@pytest.fixture(scope="session")
def in_summer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The district of `folder` when the school year is over: its whole spring is known."""
    out = tmp_path_factory.mktemp("summer")
    generate(out, STUDENTS, YEARS, SEED, IN_SUMMER, dirt=False)
    return out
