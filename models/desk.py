"""What people enter at the desk beside decisions, which are in models/lists.py. Rows are only ever added."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)

SCHEMA = "desk"

metadata = MetaData(schema=SCHEMA)

note = Table(
    "note",
    metadata,
    Column("note_id", BigInteger, Identity(always=True), primary_key=True),
    Column("student_id", Text, nullable=False),
    Column("school_id", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("text", Text, nullable=False),
    Column("readers", Text, nullable=False, comment="The school's team and principal, or the principal."),
    Column("request_key", Uuid, nullable=False, unique=True, comment="The form's own key: sent twice, it counts once."),
    CheckConstraint("readers in ('team', 'principal')", name="known_readers"),
    CheckConstraint("length(trim(text)) > 0", name="says_something"),
    Index("ix_note_student", "student_id"),
    comment="What people of a school note about a student; rows are only ever added.",
)

enrichment_request = Table(
    "enrichment_request",
    metadata,
    Column("request_id", BigInteger, Identity(always=True), primary_key=True),
    Column("student_id", Text, nullable=False),
    Column("school_id", Text, nullable=False),
    Column("elt_term", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("origin", Text, nullable=False, comment="Who asked."),
    Column("requested_on", Date, nullable=False),
    Column("by", Text, nullable=False, comment="Who entered it."),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("request_key", Uuid, nullable=False, unique=True, comment="The form's own key: sent twice, it counts once."),
    CheckConstraint("origin in ('family', 'student', 'staff')", name="known_origin"),
    UniqueConstraint("student_id", "elt_term", "program"),
    comment="Requests for enrichment that were entered at the desk; rows are only ever added.",
)
