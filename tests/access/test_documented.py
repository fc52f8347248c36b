"""docs/access.md says what each role reads; signed on as each, that is what there is, cell by cell."""

import re
from dataclasses import dataclass

import psycopg
import pytest
from sqlalchemy import Engine, text

from include.settings import ROOT
from tests.access.world import PEOPLE, SCHOOL_OF, STUDENTS_OF_A, Seat, login_of, signed_on

NOTHING = "·"
OWN_STUDENTS = {"marts.dim_student", "identity.student_name"}
# Tables whose rows of both schools must be there, or the test could not tell the schools apart.
SCHEMAS = "^(landing|withheld|staging|intermediate|marts|identity|seeds|ml|lists|ops|access|reporting|metrics)"


def table_after(heading: str) -> list[list[str]]:
    """Rows of the first table of the page below a heading, its head first, without the line under it."""
    page = (ROOT / "docs" / "access.md").read_text().partition(heading)[2]
    lines = re.findall(r"^\|.*\|$", page.partition("\n## ")[0].partition("\n### ")[0], re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [rows[0], *rows[2:]]


@dataclass(frozen=True)
class Page:
    """What the page says. cells: by relation and role. kinds: columns by letter. some: columns by relation."""

    cells: dict[tuple[str, str], str]
    kinds: dict[str, set[str]]
    some: dict[str, list[str]]

    def columns(self, relation: str, role: str, there: list[str]) -> list[str]:
        """The columns of a relation that the role reads, by the page."""
        cell = self.cells.get((relation, role)) or self.cells.get((relation.split(".")[0] + ".*", role), NOTHING)
        words = cell.split()
        if words[0] == NOTHING:
            return []
        if words[0] == "all":
            return there
        if words[0] == "some":
            return self.some[relation]
        assert words[0] == "plain", cell
        hidden = {name for letter, names in self.kinds.items() if f"+{letter}" not in words for name in names}
        return [name for name in there if name not in hidden]


@pytest.fixture(scope="module")
def page() -> Page:
    head, *rows = table_after("## What each role reads")
    cells = {(row[0], role): cell for row in rows for role, cell in zip(head[1:], row[1:], strict=True)}
    kinds = {row[1]: set(row[2].split(", ")) for row in table_after("### Kinds of columns")[1:]}
    some = {row[0]: row[1].split(", ") for row in table_after("### Some columns")[1:]}
    return Page(cells, kinds, some)


def relations(engine: Engine) -> dict[str, list[str]]:
    """Every table and view of the warehouse with its columns."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "select n.nspname || '.' || c.relname, array_agg(a.attname::text order by a.attnum)"
                " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
                " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
                " where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname ~ :schemas group by 1"
            ),
            {"schemas": SCHEMAS},
        )
        return {relation: columns for relation, columns in rows}


def is_refused(seat: Seat, query: str) -> bool:
    try:
        seat.rows(query)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_reads_what_the_page_says(built: Engine, page: Page, role: str) -> None:
    wrong = []
    everything = relations(built)
    with signed_on(login_of(role)) as seat:
        for relation, there in everything.items():
            allowed = page.columns(relation, role, there)
            if not allowed:
                wrong += [] if is_refused(seat, f"select 1 from {relation} limit 1") else [f"{relation}: read"]
                continue
            named = ", ".join(f'"{name}"' for name in allowed)
            wrong += [f"{relation}: refused"] if is_refused(seat, f"select {named} from {relation} limit 1") else []
            wrong += [
                f"{relation}.{name}: read"
                for name in set(there) - set(allowed)
                if not is_refused(seat, f'select "{name}" from {relation} limit 1')
            ]
    assert wrong == []
    # Also the page's own names: a relation that is gone must not stay on it.
    assert {relation for relation, _ in page.cells if "*" not in relation} <= everything.keys()


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_reads_the_rows_that_the_page_says(built: Engine, page: Page, role: str) -> None:
    """`own` is the rows of the role's school, `but` leaves out low income, and everything else is every row."""
    everything, wrong = relations(built), []
    with signed_on(login_of(role)) as seat, built.connect() as owner:
        for relation, there in everything.items():
            cell = page.cells.get((relation, role), NOTHING)
            if not page.columns(relation, role, there):
                continue
            condition = "true"
            if cell.endswith("own"):
                condition = f"school_id = '{SCHOOL_OF[role]}'"
                if relation in OWN_STUDENTS:
                    condition = f"student_id in ({', '.join(repr(student) for student in sorted(STUDENTS_OF_A))})"
            elif cell.endswith("but"):
                condition = "subgroup <> 'low_income'"
            count = f"select count(*) from {relation} where {{}}"
            seen = seat.rows(count.format("true"))[0][0]
            expected = owner.scalar(text(count.format(condition)))
            others = owner.scalar(text(count.format(f"not ({condition})")))
            if seen != expected or (condition != "true" and not (expected and others)):
                wrong.append(f"{relation}: {seen} rows of {expected} to be seen and {others} hidden")
    assert wrong == []


def test_every_table_has_row_security_that_holds_for_its_owner_too(built: Engine) -> None:
    query = """
        select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname ~ :schemas
        and (not c.relrowsecurity or not c.relforcerowsecurity
             or not exists (select from pg_policy p where p.polrelid = c.oid))
        union all
        select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind = 'v' and n.nspname ~ :schemas
        and not coalesce(c.reloptions::text[] @> array['security_invoker=true'], false)
        union all
        select c.oid::regclass::text from pg_class c where c.relkind in ('m', 'f')
    """
    with built.connect() as connection:
        assert connection.scalars(text(query), {"schemas": SCHEMAS}).all() == []
