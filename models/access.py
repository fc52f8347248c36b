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
