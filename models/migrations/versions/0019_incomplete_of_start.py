"""Contracts whose feeds had not come in when a build began"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "dbt_start",
        sa.Column(
            "incomplete",
            postgresql.ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="Contracts whose feeds had not come in.",
        ),
        schema="ops",
    )


def downgrade() -> None:
    op.drop_column("dbt_start", "incomplete", schema="ops")
