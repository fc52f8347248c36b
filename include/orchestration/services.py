"""The services that `up` starts, and what docker-compose.yml must say."""

import os
import sys
from dataclasses import dataclass

from include.errors import SchoolhouseError


@dataclass(frozen=True)
class Service:
    """One long-running process.

    module, arguments: what follows `python -m`. health: its name in the answer of Airflow's health page, None where
    it is none of Airflow's services.
    """

    name: str
    module: str
    arguments: tuple[str, ...]
    health: str | None

    @property
    def command(self) -> tuple[str, ...]:
        """What follows `python`, on a laptop as in a container: it sets the environment, then becomes the service."""
        return ("-m", "include.cli", "service", self.name)


SERVICES = (
    Service("api-server", "airflow", ("api-server",), "metadatabase"),
    # Task logs lie in one folder that all services see, so nobody serves them over a port.
    Service("scheduler", "airflow", ("scheduler", "--skip-serve-logs"), "scheduler"),
    Service("dag-processor", "airflow", ("dag-processor",), "dag_processor"),
    Service("triggerer", "airflow", ("triggerer", "--skip-serve-logs"), "triggerer"),
    Service("docs", "include.docs_site", (), None),
    Service("desk", "include.desk.serve", (), None),
)


def become(name: str) -> None:
    """Turn this process into the service of that name.

    Raises SchoolhouseError where there is none.
    """
    from include.orchestration.environment import service_environment

    for service in SERVICES:
        if service.name == name:
            command = [sys.executable, "-m", service.module, *service.arguments]
            os.execve(sys.executable, command, {**os.environ, **service_environment()})
    raise SchoolhouseError(f"There is no service {name!r}: there are {', '.join(s.name for s in SERVICES)}.")
