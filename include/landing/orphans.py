"""Rows that refer to what has not landed: found in sets once a night's feeds are in, healed when the parent arrives."""

import datetime as dt
import logging
from dataclasses import dataclass

from sqlalchemy import Connection, text

from include.districts import District
from include.warehouse.engine import warehouse_engine
from models.landing import CONTRACTS
from models.landing.contract import SCHEMA, rules_of

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reference:
    """A column of one contract whose values another one must know; contracts as `sis.school`."""

    contract: str
    column: str
    parent: str
    parent_column: str


def references_of(district: District) -> list[Reference]:
    """Every reference between contracts that the district's feeds fill, by contract and column."""
    fed = {feed.contract for feed in district.feeds}
    found = []
    for contract in sorted(fed):
        for column, target in sorted(rules_of(CONTRACTS[contract]).references.items()):
            parent, _, parent_column = target.rpartition(".")
            if parent in fed:
                found.append(Reference(contract, column, parent, parent_column))
    return found


def find_orphans(district: District, as_of: dt.date) -> int:
    """Write down new orphans and heal the old ones whose parent is there; returns how many are open.

    Only what a load of the day touched is looked at again.
    """
    with warehouse_engine("loader").begin() as connection:
        touched = set(
            connection.scalars(
                text("select distinct contract from ops.load where as_of = :as_of and (landed > 0 or closed > 0)"),
                {"as_of": as_of},
            )
        )
        for reference in references_of(district):
            if touched & {reference.contract, reference.parent}:
                _look(connection, reference, as_of)
        count = connection.scalar(text("select count(*) from ops.orphan where healed_on is null"))
    log.info("%s orphans are open as of %s", count, as_of)
    return int(count or 0)


def _look(connection: Connection, reference: Reference, as_of: dt.date) -> None:
    child, parent = (CONTRACTS[name].name for name in (reference.contract, reference.parent))
    values = {
        "contract": reference.contract,
        "column": reference.column,
        "parent": f"{reference.parent}.{reference.parent_column}",
        "as_of": as_of,
    }
    connection.execute(
        text(
            f"create temp table lost on commit drop as select {reference.column} as value, count(*) as rows"
            f" from {SCHEMA}.{child} where _superseded_on is null and {reference.column} is not null"
            f" and {reference.column} not in (select {reference.parent_column} from {SCHEMA}.{parent}"
            f" where _superseded_on is null and {reference.parent_column} is not null) group by 1"
        )
    )
    connection.execute(
        text(
            "update ops.orphan set healed_on = :as_of where contract = :contract and column_name = :column"
            " and healed_on is null and value not in (select value from lost)"
        ),
        values,
    )
    connection.execute(
        text(
            "insert into ops.orphan (contract, column_name, value, parent, rows, first_seen_on)"
            " select :contract, :column, value, :parent, rows, :as_of from lost"
            " on conflict (contract, column_name, value) where healed_on is null do update set rows = excluded.rows"
        ),
        values,
    )
    connection.execute(text("drop table lost"))
