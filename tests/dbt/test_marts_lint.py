"""What every mart must be: read from the right layers, promised by a contract, owned, tested and read by someone."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.settings import ROOT

PROJECT = ROOT / "dbt_project"
MARTS = PROJECT / "models" / "marts"
MART_FILES = sorted(MARTS.rglob("*.sql"))
SEEDS = {path.stem for path in (PROJECT / "seeds").glob("*.csv")}
CORE = {path.stem for path in (MARTS / "core").glob("*.sql") if path.stem.startswith(("dim_", "brg_"))}
REF = re.compile(r"ref\(\s*['\"](\w+)['\"]")


def described(sql: Path) -> dict[str, Any]:
    (model,) = yaml.safe_load(sql.with_suffix(".yml").read_text())["models"]
    return model


def parents(sql: Path) -> set[str]:
    return set(REF.findall(sql.read_text()))


def exposures() -> list[dict[str, Any]]:
    return yaml.safe_load((MARTS / "_exposures.yml").read_text())["exposures"]


def exposed() -> set[str]:
    return {name for exposure in exposures() for given in exposure["depends_on"] for name in REF.findall(given)}


def is_allowed(parent: str) -> bool:
    return parent.startswith("int_") or parent in SEEDS or parent in CORE


@pytest.mark.parametrize("sql", MART_FILES, ids=lambda path: path.stem)
def test_a_mart_reads_what_it_may(sql: Path) -> None:
    wrong = sorted(parent for parent in parents(sql) if not is_allowed(parent))
    assert not wrong, f"{sql.stem} reads {', '.join(wrong)}: read an int_ model, a seed, or a core dim_ or brg_"
    assert "source(" not in sql.read_text()


@pytest.mark.parametrize("sql", MART_FILES, ids=lambda path: path.stem)
def test_a_mart_promises_its_shape_and_its_grain(sql: Path) -> None:
    model = described(sql)
    assert model["config"]["contract"]["enforced"] is True
    assert model["config"]["meta"]["owner"] and model["config"]["meta"]["grain"]
    of_the_row = {name for test in model.get("data_tests", []) for name in test}
    keys = [column for column in model["columns"] if column["name"].startswith("k_") or sql.stem == "dim_date"]
    of_the_keys = {name for column in keys for test in column.get("data_tests", []) for name in test}
    of_the_keys |= {constraint["type"] for column in keys for constraint in column.get("constraints", [])}
    has_grain = "unique_grain" in of_the_row or {"unique", "not_null"} <= of_the_keys
    assert has_grain, f"{sql.stem} has neither a key that is unique and not null nor a test unique_grain"


@pytest.mark.parametrize("sql", MART_FILES, ids=lambda path: path.stem)
def test_somebody_reads_the_mart(sql: Path) -> None:
    has_metric = bool(described(sql).get("metrics"))
    assert has_metric or sql.stem in exposed(), (
        f"{sql.stem} has no metric: name its reader in _exposures.yml, or drop it"
    )


def test_exposures_name_marts_and_their_owners() -> None:
    known = {sql.stem for sql in MART_FILES}
    assert exposed() <= known | {sql.stem for sql in (PROJECT / "models" / "identity").glob("*.sql")}
    for exposure in exposures():
        assert exposure["owner"]["name"] and exposure["description"] and exposure["label"]
