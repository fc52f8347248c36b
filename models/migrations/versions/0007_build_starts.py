"""Builds that began, so that facts that grow are only added to where it is known what they hold"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dbt_start",
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "fingerprint", sa.Text(), nullable=False, comment="Hash of the dbt project and the district's policy."
        ),
        sa.PrimaryKeyConstraint("started_at"),
        schema="ops",
        comment="One row per build of the marts that began, also where it was killed.",
    )


def downgrade() -> None:
    op.drop_table("dbt_start", schema="ops")
