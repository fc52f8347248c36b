"""Airflow's REST API, as the commands use it."""

import json
from typing import Any

import httpx

from include.errors import SchoolhouseError
from include.orchestration.environment import USER, password_file, web_address

HEALTH_PATH = "/api/v2/monitor/health"


def health() -> dict[str, str]:
    """State of each of Airflow's parts by name ('healthy' or not); empty where nobody answers."""
    try:
        answer = httpx.get(f"{web_address()}{HEALTH_PATH}", timeout=5, trust_env=False)
    except httpx.TransportError:
        return {}
    if answer.status_code != httpx.codes.OK:
        return {}
    return {part: state["status"] for part, state in answer.json().items() if state and state.get("status")}


class Api:
    """A session of the user that `up` made. Every call raises SchoolhouseError where Airflow refuses it."""

    def __init__(self) -> None:
        password = json.loads(password_file().read_text())[USER]
        self._client = httpx.Client(base_url=web_address(), timeout=30, trust_env=False)
        answer = self.call("POST", "/auth/token", {"username": USER, "password": password})
        self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send one request and return the answer's JSON."""
        answer = self._client.request(method, path, json=body)
        if answer.is_error:
            raise SchoolhouseError(f"Airflow answered {answer.status_code} to {method} {path}: {answer.text[:300]}")
        return answer.json()

    def dags(self) -> dict[str, bool]:
        """Names of the DAGs that Airflow knows, with whether each is paused."""
        return {dag["dag_id"]: dag["is_paused"] for dag in self.call("GET", "/api/v2/dags")["dags"]}

    def unpause(self, dag: str) -> None:
        """Let a DAG run on its schedule."""
        self.call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": False})

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """The DAG's runs, newest first, as Airflow describes them."""
        return self.call("GET", f"/api/v2/dags/{dag}/dagRuns?order_by=-run_after")["dag_runs"]
