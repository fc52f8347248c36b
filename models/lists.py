"""The lists of students proposed for extended learning time: a newer one supersedes, none is overwritten."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "lists"

metadata = MetaData(schema=SCHEMA)

PLACES = ("seat", "nomination", "waitlist")
STEPS = ("confirmed", "overridden", "nominated", "offered", "accepted", "declined", "attended")

elt_list = Table(
    "elt_list",
    metadata,
    Column("version", Text, primary_key=True, comment="Term, programme, as-of date and content hash."),
    Column("as_of", Date, nullable=False),
    Column("elt_term", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("expires_on", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("needs_review", JSONB, nullable=False, comment="Group gaps a person must judge first."),
    Column("seats", Integer, nullable=False),
    Column("model_id", Text, nullable=False, comment="ml.model that scored the students."),
    Column("content_sha256", Text, nullable=False),
    Column("seed", Text, nullable=False, comment="Seed of the tie-break hash."),
    Column("superseded_by", Text, comment="The version that took its place; null while current."),
    CheckConstraint("status in ('proposed', 'review_required', 'stale', 'expired')", name="known_status"),
    Index(
        "ux_elt_list_current",
        "elt_term",
        "program",
        unique=True,
        postgresql_where=text("superseded_by is null"),
    ),
    comment="One row per version of a list.",
)

elt_list_school = Table(
    "elt_list_school",
    metadata,
    Column("version", Text, ForeignKey(elt_list.c.version), primary_key=True),
    Column("school_id", Text, primary_key=True),
    Column("cohort", Integer, nullable=False),
    Column("capacity", Integer, comment="The site's capacity; null where no site limits it."),
    Column("risk_sum", Double, nullable=False, comment="Sum of calibrated risk that shared the seats out."),
    Column("seats", Integer, nullable=False),
    Column("seat_entries", Integer, nullable=False, comment="Students proposed for a seat."),
    Column("open_nomination_seats", Integer, nullable=False, comment="Seats kept for people's nominations."),
    Column("waitlist_entries", Integer, nullable=False),
    CheckConstraint("seat_entries + open_nomination_seats = seats", name="every_seat_accounted_for"),
    comment="Seats of each school: students proposed + seats kept for nominations = seats.",
)

elt_list_entry = Table(
    "elt_list_entry",
    metadata,
    Column("version", Text, ForeignKey(elt_list.c.version), primary_key=True),
    Column("student_id", Text, primary_key=True),
    Column("school_id", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("rank", Integer, nullable=False, comment="Place within the school, from 1."),
    Column("place", Text, nullable=False),
    Column("risk", Numeric(7, 6), nullable=False),
    Column("band", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("tie_break", Text, nullable=False, comment="Seeded hash that orders equal priorities."),
    Column("reasons", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    CheckConstraint("place in ('seat', 'nomination', 'waitlist')", name="known_place"),
    CheckConstraint("status in ('proposed')", name="known_status"),
    Index("ux_elt_list_entry_rank", "version", "school_id", "rank", unique=True),
    comment="Students of a list as the score froze them. People's decisions are added beside, never over it.",
)

elt_decision = Table(
    "elt_decision",
    metadata,
    Column("decision_id", BigInteger, Identity(always=True), primary_key=True),
    Column("version", Text, nullable=False, comment="The list; no foreign key, for this outlives it."),
    Column("student_id", Text, nullable=False),
    Column("school_id", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("by", Text, nullable=False, comment="Who decided."),
    Column("on_date", Date, nullable=False),
    Column("reason", Text, comment="Why; needed to override the proposal and to nominate."),
    Column("elt_term", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("undoes", BigInteger, comment="The decision that this one takes back."),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("request_key", Uuid, comment="The form's own key: sent twice, it counts once."),
    CheckConstraint(
        "step in ('confirmed', 'overridden', 'nominated', 'offered', 'accepted', 'declined', 'attended', 'undone')",
        name="known_step",
    ),
    CheckConstraint(
        "step not in ('overridden', 'nominated', 'undone') or length(trim(coalesce(reason, ''))) > 0", name="said_why"
    ),
    CheckConstraint("(step = 'undone') = (undoes is not null)", name="undone_what"),
    UniqueConstraint("request_key", name="uq_elt_decision_request_key"),
    UniqueConstraint("undoes", name="uq_elt_decision_undoes"),
    Index("ix_elt_decision_student", "version", "student_id"),
    Index("ix_elt_decision_term", "elt_term", "program", "school_id", "student_id"),
    comment="What people decided on a list's students, in order; rows are only ever added.",
)

lottery = Table(
    "lottery",
    metadata,
    Column("version", Text, primary_key=True, comment="Term, programme, as-of date and content hash."),
    Column("as_of", Date, nullable=False),
    Column("elt_term", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("requests", Integer, nullable=False),
    Column("seed", Text, nullable=False, comment="Seed of the hash that was drawn by."),
    Column("superseded_by", Text, comment="The version that took its place; null while current."),
    Index("ux_lottery_current", "elt_term", "program", unique=True, postgresql_where=text("superseded_by is null")),
    comment="One row per version of an enrichment programme's lottery.",
)

lottery_entry = Table(
    "lottery_entry",
    metadata,
    Column("version", Text, ForeignKey(lottery.c.version), primary_key=True),
    Column("student_id", Text, primary_key=True),
    Column("school_id", Text, nullable=False),
    Column("draw", Text, nullable=False, comment="Seeded hash of term, programme and student."),
    Column("rank", Integer, nullable=False, comment="Place at the site, from 1."),
    Column("place", Text, nullable=False),
    Column("drawn_on", Date, nullable=False, comment="As-of date of the draw in which the student first was."),
    CheckConstraint("place in ('seat', 'waitlist')", name="known_place"),
    Index("ux_lottery_entry_rank", "version", "school_id", "rank", unique=True),
    comment="Who asked for enrichment and where the lottery put them. It knows no score.",
)

message_event = Table(
    "message_event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True),
    Column("event", Text, nullable=False),
    Column("elt_term", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column(
        "version", Text, nullable=False, comment="The list that is out, or for one that is held the one that stays."
    ),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("addressed_at", DateTime(timezone=True), comment="When its mails were written; null before."),
    CheckConstraint("event in ('released', 'superseded', 'held')", name="known_event"),
    UniqueConstraint("event", "elt_term", "program", "as_of", "version"),
    comment="What people are told about lists: written in the transaction in which it happened, so once.",
)

message = Table(
    "message",
    metadata,
    Column("event_id", BigInteger, ForeignKey(message_event.c.event_id), primary_key=True),
    Column("login", Text, primary_key=True),
    Column("address", Text, nullable=False),
    Column("sent_at", DateTime(timezone=True), comment="When the mail server took it; null while it waits."),
    Column("refused", Text, comment="What the mail server said of an address that it will not take."),
    CheckConstraint("sent_at is null or refused is null", name="sent_or_refused"),
    comment="One mail of an event to one person.",
)
