"""Alembic's entry: migrates the warehouse that the environment names."""

from importlib import import_module
from typing import Any

from alembic import context
from sqlalchemy import text

from include.warehouse.engine import warehouse_engine

DOMAINS = (
    "models.landing",
    "models.ops",
    "models.ml",
    "models.lists",
    "models.access",
    "models.withheld",
    "models.sign_in",
    "models.desk",
)
METADATA = [import_module(domain).metadata for domain in DOMAINS]
SCHEMAS = {metadata.schema for metadata in METADATA}


def include_name(name: str | None, type_: str, _parents: Any) -> bool:
    """Leave dbt's schemas and the server's own out of comparisons."""
    return type_ != "schema" or name in SCHEMAS


with warehouse_engine().connect() as connection:
    # Held to the end of the migration, so that two runs at once migrate one after the other.
    connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.migrate'))"))
    for schema in sorted(filter(None, SCHEMAS)):
        connection.execute(text(f"create schema if not exists {schema}"))
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_schemas=True,
        include_name=include_name,
        version_table="migration",
        version_table_schema="ops",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
