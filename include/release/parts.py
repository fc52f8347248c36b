"""Read the marts into parts: the tables of one subject and school year, which are protected together.

No sum goes over years and no count over subjects, so parts have no cell in common: each is decided by itself, and one
that has not changed need not be decided again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Connection, text

from include.privacy.policy import Policy
from include.privacy.tables import Table
from include.release.codes import coded, dimensions
from include.release.released import Protected

YEAR = "school_year"
MISSING = ("not_collected", "incomplete_feed")


class Name(NamedTuple):
    """Which part."""

    subject: str
    school_year: int

    def __str__(self) -> str:
        return f"{self.subject} {self.school_year}"


@dataclass(frozen=True)
class PartTable:
    """The rows of one released table in one year, and for each chain of counts its description, row by row."""

    declared: Protected
    rows: pd.DataFrame
    chains: tuple[Table, ...]


@dataclass(frozen=True)
class Part:
    """What is protected together.

    fingerprint: changes with the rows, with how they are described, and with the policy.
    """

    name: Name
    tables: tuple[PartTable, ...]
    fingerprint: str

    @property
    def described(self) -> list[Table]:
        """All tables as include/privacy takes them."""
        return [chain for table in self.tables for chain in table.chains]


def read_parts(connection: Connection, declared: tuple[Protected, ...], policy: Policy) -> list[Part]:
    """All parts of the release from the marts as they stand, in order."""
    found: dict[Name, list[PartTable]] = {}
    networks = networks_of(connection)
    for one in declared:
        rows = pd.read_sql(text(one.query), connection)
        for year, of_year in rows.sort_values(list(one.keys), ignore_index=True).groupby(YEAR):
            name = Name(one.subject, int(str(year)))
            table = describe(one, of_year.reset_index(drop=True), networks.get(name.school_year, {}))
            found.setdefault(name, []).append(table)
    return [Part(name, tuple(found[name]), _fingerprint(found[name], policy)) for name in sorted(found)]


def networks_of(connection: Connection) -> dict[int, dict[str, str]]:
    """For each school year, the code of each school's network."""
    rows = connection.execute(
        text("select school_year, school_id, network_id from marts.brg_school_year where network_id is not null")
    )
    found: dict[int, dict[str, str]] = {}
    for year, school, network in rows:
        found.setdefault(year, {})[f"school {school}"] = f"network {network}"
    return found


def describe(declared: Protected, rows: pd.DataFrame, network_of: Mapping[str, str]) -> PartTable:
    """Put the rows of one year as include/privacy takes them."""
    codes = coded(rows, declared.keys)
    made_of = dimensions(codes, network_of, is_partition=declared.subject == "registration")
    is_missing = rows["status"].isin(MISSING)
    chains = []
    for chain in declared.chains:
        frame = codes.copy()
        for at, count in enumerate(chain):
            value = rows[count].astype(float)
            frame[count] = value if at == 0 else value.mask(is_missing)
        outcomes = tuple(count for count in chain[1:] if count not in declared.harmless)
        chains.append(Table(frame, made_of, chain, outcomes))
    return PartTable(declared, rows, tuple(chains))


def _fingerprint(tables: list[PartTable], policy: Policy) -> str:
    digest = hashlib.sha256(repr(policy).encode())
    for table in tables:
        # What is in the mart's text of a query is in the rows; the day alone changes nothing.
        digest.update(repr((table.declared.name, table.declared.keys, table.declared.chains)).encode())
        digest.update(repr((table.declared.shares, table.declared.figures, table.declared.harmless)).encode())
        digest.update(repr(table.chains[0].dimensions).encode())
        digest.update(table.rows.to_csv(index=False).encode())
    return digest.hexdigest()
