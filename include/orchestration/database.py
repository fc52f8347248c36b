"""Airflow's own database, brought to the version that is installed."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import create_engine, inspect, text

from include.errors import SchoolhouseError
from include.orchestration.environment import airflow_environment, airflow_home
from include.settings import settings
from include.warehouse.engine import airflow_url


def migrate_airflow() -> None:
    """Run Airflow's migrations, unless this version's are known to be done: starting them costs seconds.

    Raises SchoolhouseError with the end of Airflow's log where they fail.
    """
    if _is_current():
        return
    log = settings().state / "logs" / "airflow-migrate.log"
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env={**os.environ, **airflow_environment()},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        raise SchoolhouseError(f"Airflow's database could not be migrated ({log}):\n{tail}")
    _marker().write_text(json.dumps(_version()))


def _marker() -> Path:
    return airflow_home() / "migrated.json"


def _is_current() -> bool:
    # Only a finished migration writes the marker; the revision tells whether it was of this database.
    if not _marker().exists():
        return False
    return json.loads(_marker().read_text()) == _version()


def _version() -> dict[str, str | None]:
    engine = create_engine(airflow_url())
    try:
        with engine.connect() as connection:
            found = inspect(connection).has_table("alembic_version")
            revision = connection.scalar(text("select version_num from alembic_version")) if found else None
    finally:
        engine.dispose()
    return {"airflow": version("apache-airflow-core"), "revision": revision}
