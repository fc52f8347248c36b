"""Every environment variable that the platform reads, in one place."""

import os
from dataclasses import dataclass
from pathlib import Path

from include.errors import SchoolhouseError

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_DISTRICT = ROOT / "include" / "districts" / "lakeside"


@dataclass(frozen=True)
class Settings:
    """Where things are.

    root: the checkout. state: what a run leaves behind, never in git.
    district_path: the folder that holds district.yml.
    warehouse_url_override: any PostgreSQL 17 or newer in place of the embedded one.
    airflow_url_override: the same for Airflow's own database.
    port: the embedded PostgreSQL's TCP port; 0 takes a free one and keeps it.
    docs_host, docs_port: where the marts' documentation is served.
    pseudonym_key: what pseudonyms are made with, where it does not lie in the state folder.
    smtp_url: the mail server, as smtps://user:password@host:465 or smtp://host:587; None sends no mail.
    desk_address: where browsers find the desk; what is not on this machine begins with https.
    desk_host, desk_port: where the desk listens. desk_workers: processes that answer, as many as there are cores at
    most. desk_password: of its two logins to the warehouse, where somebody
    else made them; otherwise it lies in the state folder.
    oidc_issuer, oidc_client, oidc_secret: the district's identity provider. oidc_claim: the claim that is the login.
    """

    root: Path
    state: Path
    district_path: Path
    warehouse_url_override: str | None
    airflow_url_override: str | None
    port: int
    airflow_port: int
    docs_host: str
    docs_port: int
    pseudonym_key: str | None
    smtp_url: str | None
    desk_address: str
    desk_host: str
    desk_port: int
    desk_workers: int
    desk_password: str | None
    oidc_issuer: str | None
    oidc_client: str | None
    oidc_secret: str | None
    oidc_claim: str

    @property
    def reports(self) -> Path:
        """Folder of this district's reports: `<state>/reports/<district folder>`."""
        return self.state / "reports" / self.district_path.name


def _port(variable: str, default: int) -> int:
    value = os.environ.get(variable, "").strip()
    if not value:
        return default
    if not value.isdigit() or int(value) > 65535:
        raise SchoolhouseError(f"{variable}={value!r} is not a port: give a number from 0 to 65535.")
    return int(value)


def _count(variable: str, default: int) -> int:
    value = os.environ.get(variable, "").strip() or str(default)
    if not value.isdigit() or int(value) < 1:
        raise SchoolhouseError(f"{variable}={value!r} is not a number of processes: give 1 or more.")
    return int(value)


def settings() -> Settings:
    """Read the environment anew, so that a test or a command may set a variable and call again.

    Raises SchoolhouseError where a variable cannot be read.
    """
    env = os.environ
    return Settings(
        root=ROOT,
        state=Path(env.get("SCHOOLHOUSE_STATE") or ROOT / ".schoolhouse").resolve(),
        district_path=Path(env.get("SCHOOLHOUSE_DISTRICT") or DEFAULT_DISTRICT).resolve(),
        warehouse_url_override=env.get("SCHOOLHOUSE_WAREHOUSE_URL") or None,
        airflow_url_override=env.get("SCHOOLHOUSE_AIRFLOW_URL") or None,
        port=_port("SCHOOLHOUSE_PG_PORT", 0),
        airflow_port=_port("SCHOOLHOUSE_AIRFLOW_PORT", 8080),
        docs_host=env.get("SCHOOLHOUSE_DOCS_HOST") or "127.0.0.1",
        docs_port=_port("SCHOOLHOUSE_DOCS_PORT", 8081),
        pseudonym_key=env.get("SCHOOLHOUSE_PSEUDONYM_KEY") or None,
        smtp_url=env.get("SCHOOLHOUSE_SMTP_URL") or None,
        desk_address=env.get("SCHOOLHOUSE_DESK_ADDRESS") or f"http://127.0.0.1:{_port('SCHOOLHOUSE_DESK_PORT', 8082)}",
        desk_host=env.get("SCHOOLHOUSE_DESK_HOST") or "127.0.0.1",
        desk_port=_port("SCHOOLHOUSE_DESK_PORT", 8082),
        desk_workers=_count("SCHOOLHOUSE_DESK_WORKERS", 1),
        desk_password=env.get("SCHOOLHOUSE_DESK_PASSWORD") or None,
        oidc_issuer=env.get("SCHOOLHOUSE_OIDC_ISSUER") or None,
        oidc_client=env.get("SCHOOLHOUSE_OIDC_CLIENT") or None,
        oidc_secret=env.get("SCHOOLHOUSE_OIDC_SECRET") or None,
        oidc_claim=env.get("SCHOOLHOUSE_OIDC_CLAIM") or "preferred_username",
    )
