"""Cursors and columns of a load, replay of quarantined rows, orphans"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "load",
        sa.Column("mode", sa.Text(), server_default="snapshot", nullable=False, comment="Every row, or what changed."),
        schema="ops",
    )
    op.add_column(
        "load",
        sa.Column(
            "cursor",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Where the next reading begins, as the source counts.",
        ),
        schema="ops",
    )
    op.add_column(
        "load",
        sa.Column(
            "columns",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="The file's columns.",
        ),
        schema="ops",
    )
    op.add_column(
        "quarantine",
        sa.Column(
            "resolved_on",
            sa.Date(),
            nullable=True,
            comment="The day a replay landed the row, or found a later version of it.",
        ),
        schema="ops",
    )
    op.add_column(
        "quarantine",
        sa.Column("resolution", sa.Text(), nullable=True, comment="Landed, or superseded by a later version."),
        schema="ops",
    )
    op.create_table(
        "orphan",
        sa.Column("orphan_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("column_name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False, comment="Contract and column that do not know the value."),
        sa.Column("rows", sa.BigInteger(), nullable=False, comment="Current rows that carry the value."),
        sa.Column("first_seen_on", sa.Date(), nullable=False),
        sa.Column(
            "healed_on", sa.Date(), nullable=True, comment="The day the parent was there, or the rows were gone."
        ),
        sa.PrimaryKeyConstraint("orphan_id"),
        schema="ops",
        comment="Values that refer to a row that has not landed, by the day they were first seen.",
    )
    op.create_index(
        "ux_orphan_open",
        "orphan",
        ["contract", "column_name", "value"],
        unique=True,
        schema="ops",
        postgresql_where=sa.text("healed_on is null"),
    )


def downgrade() -> None:
    op.drop_table("orphan", schema="ops")
    op.drop_column("quarantine", "resolution", schema="ops")
    op.drop_column("quarantine", "resolved_on", schema="ops")
    op.drop_column("load", "columns", schema="ops")
    op.drop_column("load", "cursor", schema="ops")
    op.drop_column("load", "mode", schema="ops")
