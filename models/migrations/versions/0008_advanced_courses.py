"""Whether a course is advanced, so that access to advanced course work can be told"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sis_course",
        sa.Column(
            "is_advanced",
            sa.Boolean(),
            nullable=True,
            comment="Whether it counts as advanced course work: honours, AP, IB, dual credit; null where the source "
            "does not say.",
        ),
        schema="landing",
    )


def downgrade() -> None:
    op.drop_column("sis_course", "is_advanced", schema="landing")
