"""Airflow's whole configuration, as environment variables, in one place.

A variable that is already set wins, so that production changes one by setting it. The secrets are made
once per state folder and readable by this user alone.
"""

import base64
import json
import os
import secrets
from pathlib import Path

from include.settings import settings
from include.warehouse.engine import airflow_url

USER = "admin"
LOOPBACK = "127.0.0.1"


def airflow_home() -> Path:
    """Folder of Airflow's logs and of the files below."""
    return settings().state / "airflow"


def password_file() -> Path:
    """JSON file with the web page's user and password."""
    return airflow_home() / "users.json"


def web_address() -> str:
    """Address of Airflow's web page and API."""
    return f"http://{LOOPBACK}:{settings().airflow_port}"


def airflow_environment() -> dict[str, str]:
    """Every variable that Airflow needs, with what the environment already says taken over."""
    root = str(settings().root)
    home = airflow_home()
    keys = _secrets()
    chosen = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": f"{root}/dags",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__FERNET_KEY": keys["fernet_key"],
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(password_file()),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{web_address()}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": airflow_url().render_as_string(hide_password=False),
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(settings().airflow_port),
        "AIRFLOW__API__BASE_URL": web_address(),
        "AIRFLOW__API__SECRET_KEY": keys["secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt_secret"],
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCHOOLHOUSE_STATE": str(settings().state),
        "SCHOOLHOUSE_DISTRICT": str(settings().district_path),
        "PYTHONPATH": root,
        # Airflow's services call each other on this machine, whatever proxy it uses for the rest.
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), LOOPBACK, "localhost"])),
    }
    kept = {name: value for name, value in os.environ.items() if name in chosen and name.startswith("AIRFLOW")}
    return {**chosen, **kept}


def service_environment() -> dict[str, str]:
    """The same for a service of Airflow, where a DAG that is seen for the first time is on at once."""
    name = "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION"
    return {**airflow_environment(), name: os.environ.get(name, "False")}


def apply() -> None:
    """Put the configuration into this process; Airflow reads it when it is first imported."""
    os.environ.update(airflow_environment())


def _secrets() -> dict[str, str]:
    path = airflow_home() / "secrets.json"
    if not path.exists():
        made = {
            "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "secret_key": secrets.token_urlsafe(32),
            "jwt_secret": secrets.token_urlsafe(64),
        }
        write_private(path, json.dumps(made))
    if not password_file().exists():
        write_private(password_file(), json.dumps({USER: secrets.token_urlsafe(12)}) + "\n")
    return json.loads(path.read_text())


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    partial.replace(path)
