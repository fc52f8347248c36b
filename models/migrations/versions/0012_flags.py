"""Release events, effects, people's decisions, and the lottery of enrichment"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

APPEND_ONLY = (("ml", "release_event"), ("lists", "elt_decision"))


def upgrade() -> None:
    op.add_column(
        "release_decision",
        sa.Column(
            "scores_sha256",
            sa.Text(),
            nullable=True,
            comment="Hash of the scores it is about; no other scores may go out behind it.",
        ),
        schema="ml",
    )
    op.create_check_constraint(
        "released_rightly",
        "release_decision",
        "released_by is null or verdict = 'pass'"
        " or (verdict = 'hold' and released_by <> 'gate' and length(trim(coalesce(reason, ''))) > 0)",
        schema="ml",
    )
    op.create_table(
        "release_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("failing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True, comment="lists.elt_list that went out; null for other events."),
        sa.Column("by", sa.Text(), nullable=True, comment="Who released; 'gate' where every check passed."),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("event in ('decided', 'released', 'published')", name="known_event"),
        sa.CheckConstraint(
            "event <> 'released' or (\"by\" is not null and length(trim(coalesce(reason, ''))) > 0)",
            name="named_release",
        ),
        sa.PrimaryKeyConstraint("event_id"),
        schema="ml",
        comment="Every decision, release and publication in order; rows are only ever added.",
    )
    op.create_table(
        "effect",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("elt_term", sa.Text(), nullable=False, comment="A term, or all for every term that is over."),
        sa.Column("estimand", sa.Text(), nullable=False),
        sa.Column(
            "value", sa.Double(), nullable=True, comment="Points of the outcome's scale; null where status is not ok."
        ),
        sa.Column("low", sa.Double(), nullable=True, comment="Lower end of the robust 95 % interval."),
        sa.Column("high", sa.Double(), nullable=True, comment="Upper end of the robust 95 % interval."),
        sa.Column(
            "minimum_detectable",
            sa.Double(),
            nullable=True,
            comment="The least effect that such numbers find four times in five.",
        ),
        sa.Column("below", sa.Integer(), nullable=False, comment="Students below the cut within the bandwidth."),
        sa.Column("above", sa.Integer(), nullable=False, comment="Students above the cut within the bandwidth."),
        sa.Column("bandwidth", sa.Double(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("estimand in ('offer', 'seat', 'hour', 'before', 'density')", name="known_estimand"),
        sa.CheckConstraint("status in ('ok', 'insufficient')", name="known_status"),
        sa.PrimaryKeyConstraint("as_of", "program", "elt_term", "estimand"),
        schema="ml",
        comment="What extended learning time was worth, estimated at the cut of the seats.",
    )
    op.drop_constraint("known_status", "elt_list", schema="lists", type_="check")
    op.create_check_constraint(
        "known_status", "elt_list", "status in ('proposed', 'review_required', 'stale', 'expired')", schema="lists"
    )
    op.create_table(
        "elt_decision",
        sa.Column("decision_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("version", sa.Text(), nullable=False, comment="The list; no foreign key, for this outlives it."),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="Who decided."),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column(
            "reason", sa.Text(), nullable=True, comment="Why; needed to override the proposal and to nominate."
        ),
        sa.CheckConstraint(
            "step in ('confirmed', 'overridden', 'nominated', 'offered', 'accepted', 'declined', 'attended')",
            name="known_step",
        ),
        sa.CheckConstraint(
            "step not in ('overridden', 'nominated') or length(trim(coalesce(reason, ''))) > 0", name="said_why"
        ),
        sa.PrimaryKeyConstraint("decision_id"),
        schema="lists",
        comment="What people decided on a list's students, in order; rows are only ever added.",
    )
    op.create_index("ix_elt_decision_student", "elt_decision", ["version", "student_id"], schema="lists")
    op.create_table(
        "lottery",
        sa.Column("version", sa.Text(), nullable=False, comment="Term, programme, as-of date and content hash."),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("elt_term", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False, comment="Seed of the hash that was drawn by."),
        sa.Column(
            "superseded_by", sa.Text(), nullable=True, comment="The version that took its place; null while current."
        ),
        sa.PrimaryKeyConstraint("version"),
        schema="lists",
        comment="One row per version of an enrichment programme's lottery.",
    )
    op.create_index(
        "ux_lottery_current",
        "lottery",
        ["elt_term", "program"],
        unique=True,
        schema="lists",
        postgresql_where=sa.text("superseded_by is null"),
    )
    op.create_table(
        "lottery_entry",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("draw", sa.Text(), nullable=False, comment="Seeded hash of term, programme and student."),
        sa.Column("rank", sa.Integer(), nullable=False, comment="Place at the site, from 1."),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column(
            "drawn_on", sa.Date(), nullable=False, comment="As-of date of the draw in which the student first was."
        ),
        sa.CheckConstraint("place in ('seat', 'waitlist')", name="known_place"),
        sa.ForeignKeyConstraint(["version"], ["lists.lottery.version"]),
        sa.PrimaryKeyConstraint("version", "student_id"),
        schema="lists",
        comment="Who asked for enrichment and where the lottery put them. It knows no score.",
    )
    op.create_index(
        "ux_lottery_entry_rank", "lottery_entry", ["version", "school_id", "rank"], unique=True, schema="lists"
    )
    # What was decided about a child stays written, also for whoever owns the tables.
    op.execute(
        "create function ml.refuse_change() returns trigger language plpgsql as $$ begin "
        "raise exception 'Rows of %.% are only ever added: write a new one that says what changed.', "
        "tg_table_schema, tg_table_name; end $$"
    )
    for schema, table in APPEND_ONLY:
        op.execute(
            f"create trigger only_added before update or delete or truncate on {schema}.{table} "
            "for each statement execute function ml.refuse_change()"
        )


def downgrade() -> None:
    for schema, table in APPEND_ONLY:
        op.execute(f"drop trigger only_added on {schema}.{table}")
    op.execute("drop function ml.refuse_change()")
    for table in ("lottery_entry", "lottery", "elt_decision"):
        op.drop_table(table, schema="lists")
    op.drop_constraint("known_status", "elt_list", schema="lists", type_="check")
    op.create_check_constraint(
        "known_status", "elt_list", "status in ('proposed', 'review_required', 'stale')", schema="lists"
    )
    for table in ("effect", "release_event"):
        op.drop_table(table, schema="ml")
    op.drop_constraint("released_rightly", "release_decision", schema="ml", type_="check")
    op.drop_column("release_decision", "scores_sha256", schema="ml")
