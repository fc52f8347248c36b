"""Airflow, configured as `run` and `up` configure it, before anything imports it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from include.orchestration.environment import airflow_environment
from include.settings import ROOT

DAGS = ROOT / "dags"


@pytest.fixture(scope="module")
def airflow_configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Environment variables of Airflow over a state folder of its own; no database is needed to read DAGs."""
    state = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLHOUSE_STATE", str(state))
        for name, value in airflow_environment().items():
            if name.startswith("AIRFLOW"):
                patch.setenv(name, value)
        yield state


@pytest.fixture(scope="module")
def dag_bag(airflow_configured: Path) -> Any:
    """Every file of dags/ read the way Airflow's DAG processor reads it."""
    from airflow.dag_processing.dagbag import BundleDagBag

    return BundleDagBag(dag_folder=DAGS, bundle_path=DAGS, bundle_name="dags-folder")
