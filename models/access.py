"""Who may see what: roles, what each may read, who holds one, and what was seen.

The functions and policies that read these tables are in the migrations; include/access fills the tables.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)

SCHEMA = "access"

metadata = MetaData(schema=SCHEMA)

role = Table(
    "role",
    metadata,
    Column("name", Text, primary_key=True, comment="The role, as docs/access.md names it."),
    Column("role_name", Text, nullable=False, unique=True, comment="Its name on the server, the database in front."),
    Column("is_service", Boolean, nullable=False, comment="Whether a job of the platform takes it, not a person."),
    Column("is_of_school", Boolean, nullable=False, comment="Whether it sees its own schools only."),
    comment="The roles of this warehouse. A server may hold several, so each role belongs to one of them.",
)

readable = Table(
    "readable",
    metadata,
    Column("relation", Text, primary_key=True, comment="schema.table, or schema.* for all of a schema."),
    Column("role", Text, ForeignKey(role.c.name), primary_key=True),
    Column("withheld", ARRAY(Text), nullable=False, comment="Columns that the role may not read."),
    Column("columns", ARRAY(Text), comment="The only columns that it may read; null for all but those withheld."),
    Column("condition", Text, comment="SQL that is true for the rows it may read; null for all of them."),
    Column("adds", Text, comment="SQL that is true for the rows it may add; null for none."),
    comment="What each role may read, from include/access/policy.yml. What has no row here, nobody reads.",
)

writer = Table(
    "writer",
    metadata,
    Column("schema_name", Text, primary_key=True),
    Column("role", Text, ForeignKey(role.c.name), primary_key=True),
    comment="The services that write the tables of a schema, and so read all of them.",
)

unguessed = Table(
    "unguessed",
    metadata,
    Column("column_name", Text, primary_key=True),
    comment="Columns of which the planner keeps no statistics where rows are hidden: an estimate would tell of them.",
)

clock = Table(
    "clock",
    metadata,
    Column("is_only", Boolean, primary_key=True, server_default=text("true")),
    Column("declared_on", Date, comment="The day of a generated district; null in a real one, which has the clock's."),
    CheckConstraint("is_only", name="one_row"),
    comment="The day that ends assignments.",
)

pseudonym_key = Table(
    "pseudonym_key",
    metadata,
    Column("purpose", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False, comment="Hash by which the key is known again."),
    comment="Which key made the pseudonyms of a purpose: another one would quietly make other people of them.",
)

rule = Table(
    "rule",
    metadata,
    Column("job_group", Text, primary_key=True),
    Column("title", Text, primary_key=True, comment="Title of the position; '' for any."),
    Column("role", Text, ForeignKey(role.c.name), primary_key=True),
    comment="Roles that a job gives, at the school of the assignment, from district.yml.",
)

manual_assignment = Table(
    "manual_assignment",
    metadata,
    Column("assignment_id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False),
    Column("role", Text, ForeignKey(role.c.name), nullable=False),
    Column("school_id", Text),
    Column("begins_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False, comment="Last day: what is given by hand always ends."),
    Column("reason", Text, nullable=False),
    Column("granted_by", Text, nullable=False, server_default=text("session_user")),
    Column("granted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("ends_on >= begins_on", name="ends_after_it_begins"),
    CheckConstraint("reason <> ''", name="has_a_reason"),
    Index("ix_manual_assignment_login", "login"),
    comment="Roles given with ./schoolhouse access grant.",
)

# Nobody changes or deletes rows of the tables below; triggers say so to the owner too.

disclosure = Table(
    "disclosure",
    metadata,
    Column("disclosure_id", BigInteger, Identity(always=True), primary_key=True),
    Column("ticket", Uuid, nullable=False, comment="The same for all students seen at once."),
    Column("disclosed_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("login", Text, nullable=False, comment="Who saw it."),
    Column(
        "signed_on_as",
        Text,
        nullable=False,
        server_default=text("session_user"),
        comment="The login of the session: the person's own, or the desk's.",
    ),
    Column(
        "noted_by",
        Text,
        nullable=False,
        server_default=text("pg_current_xact_id()::text"),
        comment="The transaction that wrote the row.",
    ),
    Column("kind", Text, nullable=False),
    Column("student_id", Text, nullable=False),
    Column("school_id", Text),
    Column("version", Text, comment="Version of the list, or name of the file or export."),
    Column("interest", Text, nullable=False, comment="The legitimate educational interest."),
    CheckConstraint("interest ~ '[[:alpha:]]{3}'", name="has_an_interest"),
    CheckConstraint("kind in ('list_entry', 'record', 'file', 'export', 'letter')", name="known_kind"),
    Index("ix_disclosure_student", "student_id"),
    Index("ix_disclosure_ticket", "ticket"),
    comment="Who saw or took out which student's list entry, record, file or export, when, and why.",
)

inspection_request = Table(
    "inspection_request",
    metadata,
    Column("request_id", BigInteger, Identity(always=True), primary_key=True),
    Column("student_id", Text, nullable=False),
    Column("asked_by", Text, nullable=False, comment="The parent, or the student who is of age."),
    Column("kind", Text, nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("what", Text, nullable=False, comment="What is to be seen, or put right and how."),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("signed_on_as", Text, nullable=False, server_default=text("session_user")),
    CheckConstraint("kind in ('inspection', 'amendment')", name="known_kind"),
    comment="Parents' requests to see a record or to have it put right.",
)

inspection_answer = Table(
    "inspection_answer",
    metadata,
    Column("answer_id", BigInteger, Identity(always=True), primary_key=True),
    Column("request_id", BigInteger, ForeignKey(inspection_request.c.request_id), nullable=False),
    Column("answered_by", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("signed_on_as", Text, nullable=False, server_default=text("session_user")),
    CheckConstraint("answer in ('shown', 'amended', 'refused', 'hearing', 'statement')", name="known_answer"),
    comment="What became of a request; the newest answer counts.",
)

deletion = Table(
    "deletion",
    metadata,
    Column("deletion_id", BigInteger, Identity(always=True), primary_key=True),
    Column("relation", Text, nullable=False),
    Column("rule", Text, nullable=False, comment="The rule of retention, as it was read."),
    Column("before", Date, nullable=False, comment="Rows of days before this one went."),
    Column("rows", BigInteger, nullable=False),
    Column("deleted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="What was deleted because its time was over.",
)
