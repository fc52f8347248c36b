"""What the platform records about its own work: loads, quarantine, kept files, dbt builds."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

SCHEMA = "ops"

metadata = MetaData(schema=SCHEMA)

district = Table(
    "district",
    metadata,
    Column("name", Text, primary_key=True),
    Column("title", Text, nullable=False),
    comment="The one district whose data this warehouse holds.",
)

load = Table(
    "load",
    metadata,
    Column("load_id", BigInteger, Identity(), primary_key=True),
    Column("source", Text, nullable=False),
    Column("feed", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("status", Text, nullable=False),
    Column("mapping_md5", Text, nullable=False, comment="Hash of the feed's configuration."),
    Column("rows_read", BigInteger, nullable=False),
    Column("landed", BigInteger, nullable=False),
    Column("unchanged", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("closed", BigInteger, nullable=False, comment="Versions ended because the row disappeared."),
    Column("filtered", BigInteger, nullable=False, comment="Rows outside the feed's `where`, not read."),
    Column("is_history", Boolean, nullable=False, comment="The first load of the feed."),
    Column("mode", Text, nullable=False, server_default="snapshot", comment="Every row, or what changed."),
    Column("cursor", JSONB, comment="Where the next reading begins, as the source counts."),
    Column("columns", JSONB, nullable=False, server_default="[]", comment="The file's columns."),
    Column("unmapped_columns", JSONB, nullable=False),
    Column(
        "recheck_lines",
        JSONB,
        comment="Lines that the next night looks at even if they are the same; null where that is all of them.",
    ),
    Column("partitions", JSONB, comment="Values of the feed's partition column that the file holds."),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("rows_read = landed + unchanged + quarantined", name="nothing_is_lost"),
    CheckConstraint("status in ('landed', 'already_loaded')", name="known_status"),
    Index("ix_load_feed", "feed", "load_id"),
    comment="One row per feed and file offered. Every row of the file is landed, unchanged or quarantined.",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", BigInteger, Identity(always=True), primary_key=True),
    Column("load_id", BigInteger, ForeignKey(load.c.load_id), nullable=False, index=True),
    Column("feed", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("column_name", Text, comment="The first source column at fault; null where it is the whole row."),
    Column("value", Text, comment="What stood there."),
    Column("reason", Text, nullable=False),
    Column("problems", JSONB, nullable=False, comment="Every problem of the row: column, value, reason."),
    Column("raw", JSONB, nullable=False, comment="The row's text by source column, as it was read."),
    Column("resolved_on", Date, comment="The day a replay landed the row, or found a later version of it."),
    Column("resolution", Text, comment="Landed, or superseded by a later version."),
    comment="Rows that a contract refused, kept whole with the reason.",
)

source_file = Table(
    "source_file",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("first_seen_on", Date, nullable=False),
    comment="Every file that was ever loaded, by the hash of its bytes.",
)

source_file_part = Table(
    "source_file_part",
    metadata,
    Column("sha256", Text, ForeignKey(source_file.c.sha256), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("content", LargeBinary, nullable=False, comment="Up to 8 MiB of the file, deflated."),
    comment="The bytes of a kept file, in order.",
)

feed_failure = Table(
    "feed_failure",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("as_of", Date, primary_key=True),
    Column("failed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("error", Text, nullable=False),
    comment="Feeds that could not be taken in, until they are.",
)

orphan = Table(
    "orphan",
    metadata,
    Column("orphan_id", BigInteger, Identity(always=True), primary_key=True),
    Column("contract", Text, nullable=False),
    Column("column_name", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("parent", Text, nullable=False, comment="Contract and column that do not know the value."),
    Column("rows", BigInteger, nullable=False, comment="Current rows that carry the value."),
    Column("first_seen_on", Date, nullable=False),
    Column("healed_on", Date, comment="The day the parent was there, or the rows were gone."),
    Index(
        "ux_orphan_open", "contract", "column_name", "value", unique=True, postgresql_where=text("healed_on is null")
    ),
    comment="Values that refer to a row that has not landed, by the day they were first seen.",
)

dbt_build = Table(
    "dbt_build",
    metadata,
    Column("build_id", BigInteger, Identity(always=True), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False),
    Column("is_success", Boolean, nullable=False),
    Column("models", Integer, nullable=False),
    Column("tests", Integer, nullable=False),
    Column("tests_failed", Integer, nullable=False),
    comment="One row per build of the marts.",
)

dbt_start = Table(
    "dbt_start",
    metadata,
    Column("started_at", DateTime(timezone=True), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("fingerprint", Text, nullable=False, comment="Hash of the dbt project and the district's policy."),
    Column(
        "incomplete", ARRAY(Text), nullable=False, server_default="{}", comment="Contracts whose feeds had not come in."
    ),
    comment="One row per build of the marts that began, also where it was killed.",
)

dbt_result = Table(
    "dbt_result",
    metadata,
    Column("build_id", BigInteger, ForeignKey(dbt_build.c.build_id), primary_key=True),
    Column("unique_id", Text, primary_key=True),
    Column("resource_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("seconds", Numeric(10, 3), nullable=False),
    Column("rows_affected", BigInteger),
    Column("message", Text),
    comment="What became of each model, test and seed of a build.",
)

submission = Table(
    "submission",
    metadata,
    Column("name", Text, primary_key=True),
    Column("as_of", Date, nullable=False, comment="The day its marts stand on."),
    Column("frozen_at", DateTime(timezone=True), nullable=False),
    Column("variables", JSONB, nullable=False, comment="dbt's variables, the district's policy of the day among them."),
    Column("definitions_sha256", Text, nullable=False, comment="Hash of the dbt project that made it."),
    Column("tables", JSONB, nullable=False, comment="Rows and hash of the bytes of each table."),
    comment="Figures handed to a board or a state, frozen so that they can be made again to the same bytes.",
)

release = Table(
    "release",
    metadata,
    Column("release_id", BigInteger, Identity(always=True), primary_key=True),
    Column("as_of", Date, nullable=False, comment="The day that the marts stood on."),
    Column("build_id", BigInteger, ForeignKey(dbt_build.c.build_id), nullable=False),
    Column("declaration_sha256", Text, nullable=False, comment="Hash of what is released, and of the policy."),
    Column("status", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("parts", Integer, nullable=False, comment="Subjects and school years of the release."),
    Column("decided", Integer, nullable=False, comment="Parts that had changed, and were decided and attacked anew."),
    Column("cells", BigInteger, nullable=False, comment="Counts of the decided parts that are not zero."),
    Column("withheld", BigInteger, nullable=False, comment="Counts of them that are withheld."),
    Column("held_back", BigInteger, nullable=False, comment="Counts that earlier releases gave away, with all around."),
    Column("findings", BigInteger, nullable=False, comment="Counts that the attack could narrow."),
    Column("seconds", Numeric(10, 1), nullable=False),
    CheckConstraint("status in ('published', 'blocked')", name="known_status"),
    CheckConstraint("status = 'blocked' or findings = 0", name="nothing_found_is_published"),
    comment="One row per release of reporting and metrics, also where the attack blocked it.",
)
