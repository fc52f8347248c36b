"""Champion and challenger, shadow scores, and what came of released lists"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_role",
        sa.Column("role_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False, comment="The day from which it holds."),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False, comment="No foreign key, for this outlives it."),
        sa.Column("by", sa.Text(), nullable=False, comment="A person, or 'gate' for a demotion."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "evidence",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The figures that it rests on.",
        ),
        sa.CheckConstraint("event in ('challenged', 'promoted', 'demoted')", name="known_event"),
        sa.CheckConstraint(
            "(by <> 'gate' or event = 'demoted') and length(trim(by)) > 0 and length(trim(reason)) > 0", name="named"
        ),
        sa.PrimaryKeyConstraint("role_id"),
        schema="ml",
        comment="Champion and challenger: who put a model in which place, and why. Rows are only ever added.",
    )
    op.create_table(
        "shadow_score",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("elt_term", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("risk", sa.Numeric(7, 6), nullable=False),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.CheckConstraint("risk between 0 and 1", name="risk_is_a_share"),
        sa.PrimaryKeyConstraint("as_of", "elt_term", "model_id", "student_id"),
        schema="ml",
        comment="What a challenger would have said: kept for the comparison, and no list is made of it.",
    )
    op.create_table(
        "realised",
        sa.Column(
            "version", sa.Text(), nullable=False, comment="The released list; no foreign key, for this outlives it."
        ),
        sa.Column("method", sa.Text(), nullable=False, comment="What ranked it, the rule, or a challenger's model_id."),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column(
            "subset", sa.Text(), nullable=False, comment="all, a band, or a kind and group such as race:black."
        ),
        sa.Column("value", sa.Double(), nullable=True, comment="Null where status is not ok."),
        sa.Column("low", sa.Double(), nullable=True, comment="Lower end of the 95 % interval."),
        sa.Column("high", sa.Double(), nullable=True, comment="Upper end of the 95 % interval."),
        sa.Column("n", sa.Integer(), nullable=False, comment="Students behind the figure."),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("status in ('ok', 'insufficient')", name="known_status"),
        sa.PrimaryKeyConstraint("version", "method", "metric", "subset"),
        schema="ml",
        comment="What came of a released list: its frozen scores against the outcomes that followed.",
    )
    op.execute(
        "create trigger only_added before update or delete or truncate on ml.model_role "
        "for each statement execute function ml.refuse_change()"
    )


def downgrade() -> None:
    op.execute("drop trigger only_added on ml.model_role")
    for table in ("realised", "shadow_score", "model_role"):
        op.drop_table(table, schema="ml")
