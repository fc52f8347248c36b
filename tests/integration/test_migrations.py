"""Migrations and models agree, from an empty database and a second time."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect

from include.warehouse.migrate import migrate
from models import access, desk, landing, lists, ml, ops, sign_in, withheld

OWNED = {"landing", "ops", "ml", "lists", "access", "withheld", "sign_in", "desk"}


def test_the_migrations_make_exactly_the_models(warehouse: Engine) -> None:
    migrate()
    with warehouse.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name in OWNED,
                "version_table": "migration",
                "version_table_schema": "ops",
                "compare_type": True,
            },
        )
        everything = MetaData()
        parts = (landing, ops, ml, lists, access, withheld, sign_in, desk)
        for metadata in (part.metadata for part in parts):
            for table in metadata.tables.values():
                table.to_metadata(everything)
        differences = compare_metadata(context, everything)
    assert differences == []


def test_every_contract_has_its_table(warehouse: Engine) -> None:
    assert set(inspect(warehouse).get_table_names("landing")) == {t.name for t in landing.CONTRACTS.values()}
