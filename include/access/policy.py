"""Read include/access/policy.yml and put it where the policies of the database read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Table, delete, insert, select, text

from models import access

FILE = Path(__file__).parent / "policy.yml"
STUDENTS = "students"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(_Strict):
    """A job's role: the schemas that it writes and those that it reads as a whole."""

    writes: list[str]
    reads: list[str]


class Person(_Strict):
    """A role for people: the kinds of columns it sees beside the plain ones, and whether its own schools only."""

    sees: list[str]
    of_school: bool = False


class Group(_Strict):
    """Relations with the same readers; a mapping of readers gives the SQL condition of their rows.

    adds: who adds rows, by role, with the SQL condition of the rows that it may add.
    """

    what: str
    of: list[str]
    readers: list[str] | dict[str, str]
    adds: dict[str, str] = Field(default_factory=dict)
    school: str | None = None
    only: list[str] | None = None
    every_column: bool = False


class Policy(_Strict):
    """The file as it is written."""

    columns: dict[str, list[str]]
    services: dict[str, Service]
    roles: dict[str, Person]
    tables: list[Group] = Field(min_length=1)


@dataclass(frozen=True)
class Readable:
    """What one role may read of one relation, as a row of access.readable."""

    relation: str
    role: str
    withheld: list[str]
    columns: list[str] | None
    condition: str | None
    adds: str | None = None


@cache
def load_policy() -> Policy:
    """The policy. Raises pydantic's ValidationError where the file does not have its shape, and ValueError where it
    names a role that there is none of."""
    policy = Policy.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
    known = policy.services.keys() | policy.roles.keys()
    for group in policy.tables:
        unknown = (set(group.readers) - known) | (set(group.adds) - set(group.readers))
        if unknown:
            raise ValueError(
                f"{FILE}: {group.what!r} names {', '.join(sorted(unknown))}, which is no role that reads it"
            )
    return policy


def readables(policy: Policy) -> dict[tuple[str, str], Readable]:
    """What each role may read, by relation and role."""
    found = {(row.relation, row.role): row for row in _of_services(policy)}
    for group in policy.tables:
        for role in group.readers:
            for relation in group.of:
                row = Readable(
                    relation,
                    role,
                    _withheld(policy, group, role),
                    group.only,
                    _condition(policy, group, role),
                    group.adds.get(role),
                )
                if found.setdefault((relation, role), row) != row:
                    raise ValueError(f"{FILE}: {relation} is given to {role} twice, in different ways")
    return found


def _of_services(policy: Policy) -> Iterator[Readable]:
    for role, service in policy.services.items():
        for schema in service.reads:
            yield Readable(f"{schema}.*", role, [], None, None)


def _withheld(policy: Policy, group: Group, role: str) -> list[str]:
    if group.every_column or group.only or role in policy.services:
        return []
    sees = policy.roles[role].sees
    return sorted(name for kind, names in policy.columns.items() if kind not in sees for name in names)


def _condition(policy: Policy, group: Group, role: str) -> str | None:
    given: Mapping[str, str] = group.readers if isinstance(group.readers, dict) else {}
    if role in given:
        return given[role]
    if role in policy.services or not policy.roles[role].of_school or group.school is None:
        return None
    if group.school == STUDENTS:
        return f"student_id in (select access.my_students('{role}'))"
    return f"{group.school} in (select access.my_schools('{role}'))"


UNPROTECTED = """
select exists (
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and not c.relforcerowsecurity
    and n.nspname ~
        '^(landing|withheld|ops|ml|lists|access|desk|sign_in|(staging|intermediate|marts|identity|seeds)(_.*)?)$'
)
"""


def declare(connection: Connection) -> None:
    """Put the policy into the schema access, and every relation that there is under it.

    Later ones of dbt come under it as dbt makes them. Runs in the caller's transaction; where the same policy stands
    and holds everywhere nothing is locked, so that a start disturbs nobody.
    """
    policy = load_policy()
    wanted: dict[Table, list[dict[str, Any]]] = {
        access.readable: [vars(row) for row in readables(policy).values()],
        access.writer: [
            {"schema_name": schema, "role": role}
            for role, service in policy.services.items()
            for schema in service.writes
        ],
        access.unguessed: [{"column_name": name} for name in policy.columns["identifier"]],
    }
    connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.access'))"))
    stands = all(_is_standing(connection, table, rows) for table, rows in wanted.items())
    if stands and not connection.scalar(text(UNPROTECTED)):
        return
    for table, rows in wanted.items():
        connection.execute(delete(table))
        connection.execute(insert(table), rows)
    connection.execute(text("select access.protect_schemas()"))


def _is_standing(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> bool:
    found = [dict(row) for row in connection.execute(select(table)).mappings()]
    return len(found) == len(rows) and all(row in found for row in rows)
