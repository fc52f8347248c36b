"""Submissions: figures frozen by name"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "submission",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False, comment="The day its marts stand on."),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "variables",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="dbt's variables, the district's policy of the day among them.",
        ),
        sa.Column(
            "definitions_sha256", sa.Text(), nullable=False, comment="Hash of the dbt project that made it."
        ),
        sa.Column(
            "tables",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Rows and hash of the bytes of each table.",
        ),
        sa.PrimaryKeyConstraint("name"),
        schema="ops",
        comment="Figures handed to a board or a state, frozen so that they can be made again to the same bytes.",
    )


def downgrade() -> None:
    op.drop_table("submission", schema="ops")
