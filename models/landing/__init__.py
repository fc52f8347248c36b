"""The landing contracts, one file per domain. `CONTRACTS` maps `<domain>.<name>` to its table."""

from sqlalchemy import Table

from models.landing import access, community, finance, hr, plans, programs, sis, state
from models.landing.contract import metadata

CONTRACTS: dict[str, Table] = {
    name.replace("_", ".", 1): metadata.tables[f"landing.{name}"]
    for name in sorted(table.name for table in metadata.tables.values())
}

__all__ = ["CONTRACTS", "access", "community", "finance", "hr", "metadata", "plans", "programs", "sis", "state"]
