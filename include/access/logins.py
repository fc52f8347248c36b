"""Let logins have the roles that they hold: in the database a contract, a job or a hand says who holds which."""

import datetime as dt
import logging
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, delete, insert, text

from include.districts import District
from include.errors import SchoolhouseError
from include.warehouse.engine import warehouse_engine
from models import access
from models.landing.hr import JOB_GROUPS

log = logging.getLogger(__name__)


class Job(BaseModel):
    """A rule under policy.access.jobs of district.yml: the role that a job gives.

    title: of the position; '' is any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    job_group: str
    role: str
    title: str = ""


@dataclass(frozen=True)
class Synced:
    """Memberships that were given and taken back, and logins that may hold no role, with why."""

    granted: list[tuple[str, str]] = field(default_factory=list)
    revoked: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def sync_logins(district: District) -> Synced:
    """Make the server's logins match access.assignment_today, in one transaction; a repeat changes nothing.

    A login that holds a role is made where there is none, without a password; it takes one role at a time, the only
    one by itself. Whoever holds none may no longer connect to this warehouse.

    Raises SchoolhouseError where district.yml gives a role or job that there is none of, or where the platform's
    own login may not make roles.
    """
    with warehouse_engine().begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.access'))"))
        _write_policy(connection, district)
        return _sync(connection)


def _write_policy(connection: Connection, district: District) -> None:
    """Put the clock and the rules for jobs where the database reads them."""
    connection.execute(delete(access.clock))
    # A real district's day is the clock's. A generated one has a day of its own, after which nobody lives in it.
    declared = district.as_of if district.generate is not None else None
    connection.execute(insert(access.clock).values(declared_on=declared))
    connection.execute(delete(access.rule))
    jobs = _jobs(connection, district)
    if jobs:
        connection.execute(insert(access.rule), [job.model_dump() for job in jobs])


def _jobs(connection: Connection, district: District) -> list[Job]:
    given = (district.policy.get("access") or {}).get("jobs") or []
    try:
        jobs = [Job.model_validate(job) for job in given]
    except ValidationError as error:
        raise SchoolhouseError(f"policy.access.jobs of {district.name}'s district.yml: {error}") from None
    roles = people_roles(connection)
    for job in jobs:
        if job.role not in roles:
            raise SchoolhouseError(
                f"policy.access.jobs of {district.name}'s district.yml gives the role {job.role!r}, which there is "
                f"none of. There are: {', '.join(roles)}."
            )
        if job.job_group not in JOB_GROUPS:
            raise SchoolhouseError(
                f"policy.access.jobs of {district.name}'s district.yml names the job group {job.job_group!r}. "
                f"There are: {', '.join(JOB_GROUPS)}."
            )
    return jobs


def people_roles(connection: Connection) -> list[str]:
    """The roles that a person can hold, by name."""
    return list(connection.scalars(text("select name from access.role where not is_service order by name")))


WANTED = """
select distinct t.login, r.role_name, r.name
from access.assignment_today t join access.role r on r.name = t.role
order by 1, 2
"""

# Only roles of this warehouse: what a login has in another is not looked at.
HELD = """
select m.rolname as login, r.role_name, r.name
from pg_auth_members am
join pg_roles g on g.oid = am.roleid
join pg_roles m on m.oid = am.member
join access.role r on r.role_name = g.rolname and not r.is_service
where m.rolname <> (select rolname from pg_roles where oid = (
    select datdba from pg_database where datname = current_database()))
order by 1, 2
"""

# Nobody becomes by a row in a feed what he must not be.
NOT_A_PERSON = """
select r.rolname, 'is not a person''s login' from pg_roles r
where r.rolname = any(:logins)
and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
     or r.rolname ~ '^pg_' or r.rolname in (select role_name from access.role)
     or exists (select from pg_database d where d.datdba = r.oid)
     or exists (select from pg_auth_members m join pg_roles g on g.oid = m.roleid
                join access.role a on a.role_name = g.rolname and a.is_service where m.member = r.oid))
"""


def _sync(connection: Connection) -> Synced:
    quote = connection.dialect.identifier_preparer.quote_identifier
    wanted = {(row.login, row.role_name): row.name for row in connection.execute(text(WANTED))}
    held = {(row.login, row.role_name): row.name for row in connection.execute(text(HELD))}
    logins = sorted({login for login, _ in wanted})
    refused = [(row[0], row[1]) for row in connection.execute(text(NOT_A_PERSON), {"logins": logins})]
    refused += [(login, "is not a name that PostgreSQL takes whole") for login in logins if not _is_name(login)]
    kept_out = {login for login, _ in refused}
    wanted = {pair: name for pair, name in wanted.items() if pair[0] not in kept_out}
    database = quote(str(connection.scalar(text("select current_database()"))))
    known = set(connection.scalars(text("select rolname from pg_roles")))
    for login in sorted({login for login, _ in wanted} - known):
        connection.exec_driver_sql(f"create role {quote(login)} login noinherit".replace("%", "%%"))
    for login, role in sorted(wanted.keys() - held.keys()):
        # One role at a time: rows of one and columns of another would together be more than either.
        _run(connection, f"grant {quote(role)} to {quote(login)} with inherit false, set true")
    for login, role in sorted(held.keys() - wanted.keys()):
        _run(connection, f"revoke {quote(role)} from {quote(login)}")
    for login in sorted({login for login, _ in wanted.keys() | held.keys()}):
        roles = sorted(role for who, role in wanted if who == login)
        _run(connection, f"{'grant' if roles else 'revoke'} connect on database {database} "
                         f"{'to' if roles else 'from'} {quote(login)}")  # fmt: skip
        takes = f"set role = {quote(roles[0])}" if len(roles) == 1 else "reset role"
        _run(connection, f"alter role {quote(login)} in database {database} {takes}")
    for login, why in refused:
        log.warning("access: %s %s, so it gets no role", login, why)
    return Synced(
        granted=[(login, wanted[login, role]) for login, role in sorted(wanted.keys() - held.keys())],
        revoked=[(login, held[login, role]) for login, role in sorted(held.keys() - wanted.keys())],
        refused=refused,
    )


def _run(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(statement.replace("%", "%%"))


def _is_name(login: str) -> bool:
    return 0 < len(login.encode()) < 64 and login.isprintable() and not login.startswith("pg_")


def grant(connection: Connection, login: str, role: str, school: str | None, until: dt.date, reason: str) -> None:
    """Write down a role given by hand, from today on. Raises SchoolhouseError where it could not be what is meant."""
    roles = people_roles(connection)
    if role not in roles:
        raise SchoolhouseError(f"There is no role {role!r} for people. There are: {', '.join(roles)}.")
    of_school = connection.scalar(text("select is_of_school from access.role where name = :role"), {"role": role})
    if of_school and school is None:
        raise SchoolhouseError(f"{role} sees the rows of its own schools only: name one with --school.")
    if not of_school and school is not None:
        raise SchoolhouseError(f"{role} is not a role of a school: leave out --school.")
    today = connection.scalar(text("select access.today()"))
    if until < today:
        raise SchoolhouseError(f"--until {until} is over: today is {today}.")
    connection.execute(
        insert(access.manual_assignment).values(
            login=login, role=role, school_id=school, begins_on=today, ends_on=until, reason=reason
        )
    )


def revoke(connection: Connection, login: str, role: str) -> int:
    """Take back what was given by hand; returns how many assignments ended."""
    table = access.manual_assignment
    return connection.execute(delete(table).where(table.c.login == login, table.c.role == role)).rowcount
