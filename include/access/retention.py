"""Delete rows whose time is over, by the rules of district.yml, and write down what went."""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Column, Connection, Date, Integer, Table, delete, extract, insert, select, text

from include.districts import District
from include.errors import SchoolhouseError
from include.transform.changes import note_start, server_time
from include.warehouse.engine import warehouse_engine
from models import landing, lists, ml, ops
from models.access import deletion

log = logging.getLogger(__name__)

# What code writes row by row. dbt's tables follow from them, and what was disclosed or deleted is never deleted.
TABLES: dict[str, Table] = {
    str(table): table for each in (landing, ops, ml, lists) for table in each.metadata.tables.values()
}
YEAR = "school_year"


class Rule(BaseModel):
    """A rule of retention: how many years after the day in `by` a row is kept.

    by: a column with a date, or school_year. through: the table that `by` is of, where the rows only refer to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    years: int = Field(ge=1, le=100)
    by: str
    through: str | None = None


@dataclass(frozen=True)
class Deleted:
    """Rows of a relation that went: those of days before `before`."""

    relation: str
    before: dt.date
    rows: int


def enforce_retention(district: District) -> list[Deleted]:
    """Apply every rule of the district, in one transaction; access.deletion says what went. Again changes nothing.

    Marts are made anew as a whole by the next build where landed rows went, since facts that grow hold them still.
    Raises SchoolhouseError where a rule does not say which rows it means; then nothing is deleted.
    """
    rules = retention_rules(district)
    with warehouse_engine().begin() as connection:
        today = connection.scalar(text("select access.today()"))
        done = [_enforce(connection, relation, rule, today) for relation, rule in rules.items()]
        if any(one.rows for one in done if one.relation.startswith("landing.")):
            note_start(connection, today, server_time(connection), "retention")
    for one in done:
        log.info("%s: %s rows of before %s deleted", one.relation, f"{one.rows:,}", one.before)
    return done


def retention_rules(district: District) -> dict[str, Rule]:
    """The rules under policy.retention, by relation, what refers before what it refers to.

    Raises SchoolhouseError naming the rule that does not say which rows it means.
    """
    given: dict[str, Any] = district.policy.get("retention") or {}
    rules = {}
    for relation, described in given.items():
        where = f"policy.retention of {district.name}'s district.yml, {relation}"
        try:
            rule = Rule.model_validate(described)
        except ValidationError as error:
            raise SchoolhouseError(f"{where}: {error}") from None
        for named in filter(None, (relation, rule.through)):
            if named not in TABLES:
                raise SchoolhouseError(f"{where}: there is no table {named} that rows can be deleted by.")
        _condition(relation, rule, dt.date.min, where)
        rules[relation] = rule
    order = [str(table) for each in (lists, ml, ops, landing) for table in reversed(each.metadata.sorted_tables)]
    return dict(sorted(rules.items(), key=lambda item: order.index(item[0])))


def _enforce(connection: Connection, relation: str, rule: Rule, today: dt.date) -> Deleted:
    before = _years_before(today, rule.years)
    rows = connection.execute(delete(TABLES[relation]).where(_condition(relation, rule, before, relation))).rowcount
    if rows:
        said = f"{rule.years} years by {f'{rule.through}.' if rule.through else ''}{rule.by}"
        connection.execute(insert(deletion).values(relation=relation, rule=said, before=before, rows=rows))
    return Deleted(relation, before, rows)


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


def _condition(relation: str, rule: Rule, before: dt.date, where: str) -> Any:
    table = TABLES[relation]
    dated = table if rule.through is None else TABLES[rule.through]
    if rule.by not in dated.columns:
        raise SchoolhouseError(f"{where}: {dated} has no column {rule.by}.")
    is_over = _is_over(dated.columns[rule.by], before, where)
    if rule.through is None:
        return is_over
    keys = [key for key in table.foreign_keys if key.column.table is dated]
    if len(keys) != 1:
        raise SchoolhouseError(f"{where}: its rows do not refer to {dated}.")
    return keys[0].parent.in_(select(keys[0].column).where(is_over))


def _is_over(column: Column[Any], before: dt.date, where: str) -> Any:
    if isinstance(column.type, Date):
        return column < before
    if column.name == YEAR and isinstance(column.type, Integer):
        # A school year is over with the calendar year in which it ends.
        return column < extract("year", text(f"date '{before.isoformat()}'"))
    raise SchoolhouseError(f"{where}: {column} holds neither a date nor a school year.")
