"""`desk`: serve the pages, give people passwords, and make sample accounts on a generated district."""

import datetime as dt
import getpass
import json
import secrets
import sys
from pathlib import Path

from rich.console import Console
from sqlalchemy import Connection, text

from include.access import logins
from include.commands.serving import warehouse_server
from include.desk.sessions import set_password
from include.districts import load_district
from include.errors import SchoolhouseError
from include.orchestration.environment import write_private
from include.settings import settings
from include.warehouse.engine import warehouse_engine

SAMPLES = {
    "sample.team": "intervention_team",
    "sample.principal": "principal",
    "sample.coordinator": "elt_coordinator",
}
DAYS = 365


def samples_file() -> Path:
    """JSON file with the sample accounts' passwords, by name."""
    return settings().state / "desk" / "samples.json"


def serve() -> None:
    """Serve the desk in the foreground until it is interrupted."""
    from include.desk import serve as server

    with warehouse_server():
        Console(highlight=False).print(f"Desk        {settings().desk_address}   (stop with Ctrl-C)", soft_wrap=True)
        server.main()


def give_password(login: str) -> None:
    """Ask for a password for the desk and keep its hash. Raises SchoolhouseError where it is no good, or nobody's."""
    given = getpass.getpass(f"Password for {login}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with warehouse_server(), warehouse_engine().begin() as connection:
        if not connection.scalar(text("select access.holds_any(:login)"), {"login": login}):
            raise SchoolhouseError(f"{login} holds no role: give one with ./schoolhouse access grant.")
        try:
            set_password(connection, login, given)
        except ValueError as error:
            raise SchoolhouseError(str(error)) from None
    Console(highlight=False).print(f"{login} may sign in at the desk.")


def make_samples() -> None:
    """Make an account for each role of the desk on a generated district, with random passwords in a private file.

    Raises SchoolhouseError where the district is a real one, or has no list yet.
    """
    district = load_district()
    if district.generate is None:
        raise SchoolhouseError(f"{district.name} is a real district: sample accounts are for generated ones.")
    passwords = {login: secrets.token_urlsafe(15) for login in SAMPLES}
    with warehouse_server():
        with warehouse_engine().begin() as connection:
            school = _busiest_school(connection)
            until = connection.execute(text("select access.today()")).scalar_one() + dt.timedelta(days=DAYS)
            for login, role in SAMPLES.items():
                logins.revoke(connection, login, role)
                of_school = None if role == "elt_coordinator" else school
                logins.grant(connection, login, role, of_school, until, "sample account of a generated district")
                set_password(connection, login, passwords[login])
        logins.sync_logins(district)
    write_private(samples_file(), json.dumps(passwords, indent=2) + "\n")
    console = Console(highlight=False)
    console.print(f"Sample accounts: {', '.join(SAMPLES)} (school {school})")
    console.print(f"  passwords in {samples_file()}", soft_wrap=True)


def _busiest_school(connection: Connection) -> str:
    school = connection.scalar(
        text(
            "select s.school_id from lists.elt_list_school as s join lists.elt_list as l using (version)"
            " where l.superseded_by is null order by s.seat_entries desc, s.school_id limit 1"
        )
    )
    if school is None:
        raise SchoolhouseError("There is no list yet: ./schoolhouse run makes one.")
    return school
