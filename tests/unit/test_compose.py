"""docker-compose.yml and the Dockerfile say what the code says.

When one of these fails, the containers would start something else than `./schoolhouse up` does: change the
file that is behind. Docker itself is not needed.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from include import settings as settings_module
from include.cli import app
from include.orchestration.api import HEALTH_PATH
from include.orchestration.environment import airflow_environment, service_environment
from include.orchestration.services import SERVICES
from include.settings import DEFAULT_DISTRICT, ROOT, settings
from include.warehouse.engine import airflow_url, warehouse_url

REQUIRED = re.compile(r"\$\{(\w+):\?[^}]*\}")
POSTGRES_VARIABLES = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture
def container(compose: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The environment of a container, put into this process with paths that exist here."""
    given = {name: REQUIRED.sub("letters", value) for name, value in _ours(compose)["scheduler"]["environment"].items()}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SCHOOLHOUSE_STATE", str(tmp_path))
    return given


def _ours(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in compose["services"].items() if name not in ("postgres", "init")}


def test_every_service_runs_the_command_of_up(compose: dict[str, Any]) -> None:
    commands = {name: tuple(service["command"]) for name, service in _ours(compose).items()}
    assert commands == {service.name: ("python", *service.command) for service in SERVICES}


def test_init_runs_a_command_that_exists(compose: dict[str, Any]) -> None:
    *program, verb = compose["services"]["init"]["command"]
    assert program == ["python", "-m", "include.cli"]
    assert verb in {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert compose["services"]["init"]["restart"] == "no", "init is done once; a restart would loop"


def test_services_wait_for_init_and_init_for_the_database(compose: dict[str, Any]) -> None:
    for name, service in _ours(compose).items():
        assert service["depends_on"]["init"]["condition"] == "service_completed_successfully", name
    assert compose["services"]["init"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_every_variable_is_one_that_something_reads(compose: dict[str, Any], container: dict[str, str]) -> None:
    read_by_settings = set(re.findall(r"SCHOOLHOUSE_\w+", Path(settings_module.__file__).read_text()))
    known = read_by_settings | set(airflow_environment())
    for name, service in _ours(compose).items():
        assert set(service["environment"]) <= known, f"{name} sets a variable that nothing reads"
    assert set(compose["services"]["postgres"]["environment"]) == POSTGRES_VARIABLES


def test_all_services_share_one_environment(compose: dict[str, Any]) -> None:
    environments = [compose["services"]["init"]["environment"], *(s["environment"] for s in _ours(compose).values())]
    assert all(each == environments[0] for each in environments)


def test_the_variables_win_over_the_laptop_s(container: dict[str, str]) -> None:
    effective = service_environment()
    for name, value in container.items():
        if name.startswith("AIRFLOW"):
            assert effective[name] == value


def test_the_address_of_the_warehouse_is_the_postgres_service(
    compose: dict[str, Any], container: dict[str, str]
) -> None:
    postgres = compose["services"]["postgres"]
    url = warehouse_url()
    assert url.host in compose["services"]
    assert url.username == postgres["environment"]["POSTGRES_USER"]
    assert url.database == postgres["environment"]["POSTGRES_DB"] == DEFAULT_DISTRICT.name
    assert f"127.0.0.1:{url.port}:{url.port}" in postgres["ports"]
    assert airflow_url().host == url.host and airflow_url().database != url.database
    test = " ".join(postgres["healthcheck"]["test"])
    assert f"--username={url.username}" in test and f"--dbname={url.database}" in test


def test_the_server_is_one_that_the_warehouse_takes(compose: dict[str, Any]) -> None:
    from include.warehouse.migrate import OLDEST_SERVER

    name, version = compose["services"]["postgres"]["image"].split(":")
    assert name == "postgres" and int(version) * 10000 >= OLDEST_SERVER
    # From 18 on, the image keeps its data below this folder and not in .../data.
    assert compose["services"]["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_ports_are_those_of_settings_and_open_on_this_machine_only(
    compose: dict[str, Any], container: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = settings().airflow_port
    monkeypatch.delenv("SCHOOLHOUSE_AIRFLOW_PORT")
    assert settings().airflow_port == port, "the containers use the default port"
    assert compose["services"]["api-server"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    monkeypatch.delenv("SCHOOLHOUSE_DOCS_PORT")
    assert compose["services"]["docs"]["ports"] == [f"127.0.0.1:{settings().docs_port}:{settings().docs_port}"]
    monkeypatch.delenv("SCHOOLHOUSE_DESK_PORT")
    assert compose["services"]["desk"]["ports"] == [f"127.0.0.1:{settings().desk_port}:{settings().desk_port}"]
    execution = make_url(container["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"])
    assert (execution.host, execution.port, execution.database) == ("api-server", port, "execution/")
    assert f"127.0.0.1:{port}{HEALTH_PATH}" in compose["services"]["api-server"]["healthcheck"]["test"][-1]
    published = [entry for service in compose["services"].values() for entry in service.get("ports", [])]
    assert all(entry.startswith("127.0.0.1:") for entry in published)


def test_paths_are_in_the_image(compose: dict[str, Any]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    environment = _ours(compose)["scheduler"]["environment"]
    assert "WORKDIR /app" in dockerfile
    district = Path(environment["SCHOOLHOUSE_DISTRICT"])
    assert ROOT / district.relative_to("/app") == DEFAULT_DISTRICT
    assert f"SCHOOLHOUSE_STATE={environment['SCHOOLHOUSE_STATE']}" in dockerfile
    for service in _ours(compose).values():
        assert service["volumes"] == [f"state:{environment['SCHOOLHOUSE_STATE']}"]


def test_the_image_holds_every_room_that_runs() -> None:
    copied = set(re.findall(r"^COPY (?:--\S+ )?(\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    # docs too: the desk shows the page for teams.
    assert copied == {"requirements.lock", "pyproject.toml", "include", "models", "ml", "dags", "dbt_project", "docs"}
    assert all((ROOT / name).exists() for name in copied)


def test_no_secret_is_in_the_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|KEY|TOKEN", name):
                assert REQUIRED.fullmatch(value), f"{name} must come from outside: ${{{name}:?why}}"
    url = _ours(compose)["scheduler"]["environment"]["SCHOOLHOUSE_WAREHOUSE_URL"]
    assert REQUIRED.search(url), "the password in the address must come from outside"
