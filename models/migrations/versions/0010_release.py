"""The release: what leaders read, the record of each release, and what the next one must know"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("release_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False, comment="The day that the marts stood on."),
        sa.Column("build_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "declaration_sha256", sa.Text(), nullable=False, comment="Hash of what is released, and of the policy."
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False, comment="Subjects and school years of the release."),
        sa.Column(
            "decided",
            sa.Integer(),
            nullable=False,
            comment="Parts that had changed, and were decided and attacked anew.",
        ),
        sa.Column(
            "cells", sa.BigInteger(), nullable=False, comment="Counts of the decided parts that are not zero."
        ),
        sa.Column("withheld", sa.BigInteger(), nullable=False, comment="Counts of them that are withheld."),
        sa.Column(
            "held_back",
            sa.BigInteger(),
            nullable=False,
            comment="Counts that earlier releases gave away, with all around.",
        ),
        sa.Column("findings", sa.BigInteger(), nullable=False, comment="Counts that the attack could narrow."),
        sa.Column("seconds", sa.Numeric(10, 1), nullable=False),
        sa.CheckConstraint("status in ('published', 'blocked')", name="known_status"),
        sa.CheckConstraint("status = 'blocked' or findings = 0", name="nothing_found_is_published"),
        sa.ForeignKeyConstraint(["build_id"], ["ops.dbt_build.build_id"]),
        sa.PrimaryKeyConstraint("release_id"),
        schema="ops",
        comment="One row per release of reporting and metrics, also where the attack blocked it.",
    )
    op.create_table(
        "part",
        sa.Column("part_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "fingerprint", sa.Text(), nullable=False, comment="Hash of the rows, their description and the policy."
        ),
        sa.Column(
            "asked",
            sa.Text(),
            nullable=True,
            comment="The question that was answered beside the release; null for a release.",
        ),
        sa.Column(
            "content",
            sa.LargeBinary(),
            nullable=False,
            comment="Cells, relations and decision, as NumPy writes them.",
        ),
        sa.ForeignKeyConstraint(["release_id"], ["ops.release.release_id"]),
        sa.PrimaryKeyConstraint("part_id"),
        schema="withheld",
        comment="One row per subject, school year and decision: every cell that was ever decided, with its true count.",
    )
    op.create_index("ix_part_newest", "part", ["subject", "school_year", "part_id"], schema="withheld")


def downgrade() -> None:
    op.drop_table("part", schema="withheld")
    op.drop_table("release", schema="ops")
