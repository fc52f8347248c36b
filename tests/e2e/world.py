"""A machine of its own for the end-to-end tests, and what they look at on it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from sqlalchemy import URL, Engine, create_engine, text

from include.settings import DEFAULT_DISTRICT, ROOT
from include.warehouse import server
from include.warehouse.engine import AIRFLOW_DATABASE, DRIVER

STUDENTS = 300
# What differs between two runs that did the same: when, and under which number.
INCIDENTAL = ("_version_id", "_load_id", "load_id", "build_id")


@dataclass(frozen=True)
class World:
    """A machine of its own, as far as the commands can tell."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command; its output is a pipe."""
        return subprocess.Popen(
            [sys.executable, "-m", "include.cli", *arguments],
            cwd=ROOT,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )

    def command(self, *arguments: str) -> tuple[int, str]:
        """Run a command to its end; returns its exit code and what it printed."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        return process.returncode, output

    def district(self, name: str) -> Path:
        """A copy of the generated district with few students, whose warehouse is called `name`."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        described = yaml.safe_load((DEFAULT_DISTRICT / "district.yml").read_text())
        described["generate"]["students"] = STUDENTS
        described["policy"]["elt"]["seats"] = STUDENTS // 10
        (folder / "district.yml").write_text(yaml.safe_dump(described, sort_keys=False))
        return folder

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Within the block, this process is on that machine too."""
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith(("SCHOOLHOUSE_", "AIRFLOW"))]:
                patch.delenv(name)
            for name, value in self.environment.items():
                if name.startswith("SCHOOLHOUSE_"):
                    patch.setenv(name, value)
            yield

    @contextmanager
    def database(self, name: str) -> Iterator[Engine]:
        """An engine on one of the server's databases."""
        with self.entered():
            url = URL.create(DRIVER, server.USER, server.password(), server.HOST, server.port(), name)
        engine = create_engine(url)
        try:
            yield engine
        finally:
            engine.dispose()

    def secrets(self) -> list[str]:
        """Every secret of this machine."""
        made = [path.read_text() for path in self.state.glob("*.password")]
        for name in ("secrets.json", "users.json"):
            made += json.loads((self.state / "airflow" / name).read_text()).values()
        return made

    def unfinished_runs(self) -> int:
        """Runs that Airflow believes to be under way."""
        with self.database(AIRFLOW_DATABASE) as engine, engine.connect() as connection:
            query = "select count(*) from dag_run where state in ('running', 'queued')"
            return connection.execute(text(query)).scalar_one()

    def checksums(self, warehouse: str) -> dict[str, str]:
        """Hash of the rows of every table that a run makes, without what differs from run to run."""
        with self.database(warehouse) as engine, engine.connect() as connection:
            columns = connection.execute(
                text(
                    "select c.table_schema, c.table_name, c.column_name from information_schema.columns c "
                    "join information_schema.tables t using (table_schema, table_name) "
                    "where t.table_type = 'BASE TABLE' and t.table_schema in ('landing', 'marts', 'lists', 'ml') "
                    "and c.column_name <> all(:incidental) and c.column_name !~ '_at$' "
                    "order by c.table_schema, c.table_name, c.ordinal_position"
                ),
                {"incidental": list(INCIDENTAL)},
            ).all()
            tables: dict[str, list[str]] = {}
            for schema, table, column in columns:
                tables.setdefault(f'"{schema}"."{table}"', []).append(f'"{column}"')
            hashes = {}
            for table, names in tables.items():
                query = (
                    "select count(*) || ' ' || md5(coalesce(string_agg(line, e'\\n' order by line), '')) "
                    f"from (select row({', '.join(names)})::text as line from {table}) as lines"
                )
                hashes[table] = str(connection.exec_driver_sql(query.replace("%", "%%")).scalar_one())
            return hashes


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((server.HOST, 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Undisturbed:
    """The first run of a district on this machine, and what it left."""

    district: Path
    code: int
    output: str
    checksums: Mapping[str, str]
