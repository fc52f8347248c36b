"""What the feature rows of an as-of date were made of"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feature_set",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "definition_sha256",
            sa.Text(),
            nullable=False,
            comment="Hash of the SQL, the columns and what they depend on.",
        ),
        sa.Column(
            "facts_sha256", sa.Text(), nullable=False, comment="Hash of every fact that was known before the date."
        ),
        sa.Column("rows_sha256", sa.Text(), nullable=False, comment="Hash of the date's rows of ml.feature_row."),
        sa.PrimaryKeyConstraint("as_of"),
        schema="ml",
        comment="What the feature rows of an as-of date were made of: by the same, they are read and not built anew.",
    )


def downgrade() -> None:
    op.drop_table("feature_set", schema="ml")
