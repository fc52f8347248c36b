"""The generated district, written once for all tests about it, without the faults of real exports."""

import json
from pathlib import Path
from typing import Any

import pytest

from include.demo.generate import generate
from tests.unit.demo_files import AS_OF, SEED, STUDENTS, YEARS


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
