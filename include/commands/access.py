"""`access`: who holds which role."""

import datetime as dt
import secrets
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from include.access import logins
from include.commands.serving import warehouse_server
from include.districts import load_district
from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine


def list_holders() -> None:
    """Print every login that holds a role today."""
    with warehouse_server(), warehouse_engine().connect() as connection:
        today = connection.scalar(text("select access.today()"))
        rows = connection.execute(
            text("select login, role, school_id, given_by, ends_on from access.assignment_today order by 1, 2, 3")
        ).all()
    table = Table("login", "role", "school", "given by", "until", title=f"as of {today}")
    for row in rows:
        table.add_row(row.login, row.role, row.school_id or "", row.given_by, f"{row.ends_on or ''}")
    Console(highlight=False).print(table)


def grant_role(login: str, role: str, school: str | None, until: dt.date, reason: str) -> None:
    """Give a role by hand, and let the login have it."""
    with warehouse_server():
        with warehouse_engine().begin() as connection:
            logins.grant(connection, login, role, school, until, reason)
        _sync()


def revoke_role(login: str, role: str) -> None:
    """Take back a role given by hand. Raises SchoolhouseError where none was."""
    with warehouse_server():
        with warehouse_engine().begin() as connection:
            if not logins.revoke(connection, login, role):
                raise SchoolhouseError(
                    f"{login} was not given {role} by hand. What a contract or a job gives ends in the system it "
                    "comes from; ./schoolhouse access list says which it is."
                )
        _sync()


def sync() -> None:
    """Let every login have the roles that it holds today."""
    with warehouse_server():
        _sync()


def give_password(login: str) -> None:
    """Set a new password and print it once. Raises SchoolhouseError where the login holds no role."""
    password = secrets.token_urlsafe(18)
    with warehouse_server(), warehouse_engine().begin() as connection:
        held = connection.scalar(
            text("select true from access.assignment_today where login = :login limit 1"), {"login": login}
        )
        known = connection.scalar(text("select true from pg_roles where rolname = :login"), {"login": login})
        if not held or not known:
            raise SchoolhouseError(f"{login} holds no role: give one with ./schoolhouse access grant.")
        driver: Any = connection.connection.driver_connection
        # Hashed here, so that the password itself never reaches the server or its log.
        hashed = driver.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
        quote = connection.dialect.identifier_preparer.quote_identifier
        connection.exec_driver_sql(f"alter role {quote(login)} password '{hashed}'".replace("%", "%%"))
    Console(highlight=False).print(f"{login}  {password}", soft_wrap=True)


def _sync() -> None:
    console = Console(highlight=False)
    done = logins.sync_logins(load_district())
    for login, role in done.granted:
        console.print(f"[green]+[/green] {login}  {role}")
    for login, role in done.revoked:
        console.print(f"[red]-[/red] {login}  {role}")
    for login, why in done.refused:
        console.print(f"[yellow]![/yellow] {login} {why}: it gets no role")
    if not (done.granted or done.revoked):
        console.print("Every login has the roles that it holds.")
