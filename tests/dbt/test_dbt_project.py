"""The project's own promises: sources agree with the contracts, every mart and every test explains itself."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from include.landing.dbt_sources import differences
from include.settings import ROOT

PROJECT = ROOT / "dbt_project"
MARTS = PROJECT / "models" / "marts"
MART_FILES = sorted(MARTS.rglob("*.sql"))


def described(sql: Path) -> dict[str, Any]:
    """The YAML of a model: a file of its name, beside it."""
    (model,) = yaml.safe_load(sql.with_suffix(".yml").read_text())["models"]
    return model


def data_tests() -> list[tuple[str, dict[str, Any]]]:
    """Every data test with where it stands."""
    found = []
    for file in [file for folder in ("models", "seeds", "tests") for file in (PROJECT / folder).rglob("*.yml")]:
        document = yaml.safe_load(file.read_text())
        for kind in ("models", "seeds"):
            for node in document.get(kind, []):
                holders = [node, *node.get("columns", [])]
                for holder in holders:
                    for test in holder.get("data_tests", []):
                        ((name, body),) = test.items()
                        found.append((f"{node['name']}.{holder['name']}.{name}", body))
        found += [(test["name"], test) for test in document.get("data_tests", []) if isinstance(test, dict)]
    return found


def test_sources_agree_with_the_contracts() -> None:
    assert differences() == [], "run: python -m include.landing.dbt_sources"


@pytest.mark.parametrize("sql", MART_FILES, ids=lambda path: path.stem)
def test_every_mart_explains_itself(sql: Path) -> None:
    model = described(sql)
    assert model["name"] == sql.stem
    for part in ("Grain:", "Rules:", "Example:"):
        assert part in model["description"]
    assert f"marts.{sql.stem}" in model["description"], "the example must query the mart itself"
    assert model["config"]["contract"]["enforced"] is True
    assert model["config"]["meta"]["owner"]
    assert all(column["description"] and column["data_type"] for column in model["columns"])


@pytest.mark.parametrize(("name", "test"), data_tests(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_data_test_teaches(name: str, test: dict[str, Any]) -> None:
    words = " ".join(str(test.get("description", "")).split())
    for part in ("Means:", "Matters:", "How to fix:"):
        assert part in words, f"{name} does not say {part}"


def test_every_singular_test_is_described() -> None:
    described_tests = {
        test["name"] for test in yaml.safe_load((PROJECT / "tests" / "_tests.yml").read_text())["data_tests"]
    }
    written = {path.stem for path in (PROJECT / "tests").rglob("*.sql") if path.parent.name != "generic"}
    assert described_tests == written


def test_models_are_named_after_their_layer() -> None:
    prefixes = {"staging": ("stg_",), "intermediate": ("int_",), "marts": ("dim_", "fct_", "brg_", "msr_")}
    for layer, allowed in prefixes.items():
        for path in (PROJECT / "models" / layer).rglob("*.sql"):
            assert path.stem.startswith(allowed), path


def test_marts_hold_no_clock() -> None:
    for path in (PROJECT / "models").rglob("*.sql"):
        words = path.read_text().lower()
        for clock in ("now()", "current_date", "current_timestamp", "run_started_at", "random()"):
            assert clock not in words, f"{path} asks the clock: a rebuild would differ"
