"""Landing compares rows themselves, and finds them by what tells them apart"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in _tables_with("_key"):
        op.drop_column(table, "_hash", schema="landing")
        _index_by(table, ["_key", "_feed"])
    op.add_column(
        "load",
        sa.Column(
            "recheck_lines",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Lines that the next night looks at even if they are the same; null where that is all of them.",
        ),
        schema="ops",
    )
    op.add_column(
        "load",
        sa.Column(
            "partitions",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Values of the feed's partition column that the file holds.",
        ),
        schema="ops",
    )


def downgrade() -> None:
    op.drop_column("load", "partitions", schema="ops")
    op.drop_column("load", "recheck_lines", schema="ops")
    for table in _tables_with("_key"):
        _index_by(table, ["_feed", "_key"])
        # A hash that no row has: every row then counts as changed once.
        unknown = sa.text("'00000000-0000-0000-0000-000000000000'")
        op.add_column(table, sa.Column("_hash", sa.UUID(), nullable=False, server_default=unknown), schema="landing")
        op.alter_column(table, "_hash", server_default=None, schema="landing")


def _tables_with(column: str) -> list[str]:
    tables = op.get_bind().execute(
        sa.text(
            "select table_name from information_schema.columns"
            " where table_schema = 'landing' and column_name = :column order by 1"
        ),
        {"column": column},
    )
    return list(tables.scalars())


def _index_by(table: str, columns: list[str]) -> None:
    op.drop_index(f"ux_{table}_current", table, schema="landing")
    op.create_index(
        f"ux_{table}_current",
        table,
        columns,
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
