"""Airflow's services: what `up` starts, and what docker-compose.yml must say."""

import os
import sys
from dataclasses import dataclass

from include.errors import SchoolhouseError


@dataclass(frozen=True)
class Service:
    """One long-running process of Airflow.

    arguments: what follows `python -m airflow`. health: its name in the answer of Airflow's health page.
    """

    name: str
    arguments: tuple[str, ...]
    health: str

    @property
    def command(self) -> tuple[str, ...]:
        """What follows `python`, on a laptop as in a container: it sets the environment, then becomes Airflow."""
        return ("-m", "include.cli", "service", self.name)


SERVICES = (
    Service("api-server", ("api-server",), "metadatabase"),
    # Task logs lie in one folder that all services see, so nobody serves them over a port.
    Service("scheduler", ("scheduler", "--skip-serve-logs"), "scheduler"),
    Service("dag-processor", ("dag-processor",), "dag_processor"),
    Service("triggerer", ("triggerer", "--skip-serve-logs"), "triggerer"),
)


def become(name: str) -> None:
    """Turn this process into the service of that name.

    Raises SchoolhouseError where there is none.
    """
    from include.orchestration.environment import service_environment

    for service in SERVICES:
        if service.name == name:
            command = [sys.executable, "-m", "airflow", *service.arguments]
            os.execve(sys.executable, command, {**os.environ, **service_environment()})
    raise SchoolhouseError(f"There is no service {name!r}: there are {', '.join(s.name for s in SERVICES)}.")
