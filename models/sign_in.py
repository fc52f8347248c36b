"""Who signs on to the desk: passwords, sessions and attempts. The functions that read them are in the migrations."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    text,
)

SCHEMA = "sign_in"

metadata = MetaData(schema=SCHEMA)

account = Table(
    "account",
    metadata,
    Column("login", Text, primary_key=True),
    Column("password_hash", Text, nullable=False, comment="argon2id, its settings and salt included."),
    Column("set_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="Passwords of people who do not come from an identity provider.",
)

session = Table(
    "session",
    metadata,
    Column(
        "proof_sha256",
        LargeBinary,
        primary_key=True,
        comment="Hash of the hash of the browser's secret: the database is given the one and keeps the other.",
    ),
    Column("login", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("idle_ends_at", DateTime(timezone=True), nullable=False, comment="Put off by every request."),
    Column("ends_at", DateTime(timezone=True), nullable=False, comment="Put off by nothing."),
    Column("ended_at", DateTime(timezone=True), comment="When the person signed out."),
    CheckConstraint("way in ('password', 'provider')", name="known_way"),
    Index("ix_session_login", "login"),
    comment="Sessions of the desk.",
)

attempt = Table(
    "attempt",
    metadata,
    Column("attempt_id", BigInteger, Identity(always=True), primary_key=True),
    Column("login", Text, nullable=False, comment="As it was typed, in lower case."),
    Column("address", Text, nullable=False),
    Column("tried_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("is_right", Boolean, nullable=False),
    Index("ix_attempt_login", "login", "tried_at"),
    Index("ix_attempt_address", "address", "tried_at"),
    comment="Passwords that were tried, from where and whether they were right.",
)
