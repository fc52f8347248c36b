"""What the releases withheld: true counts, which the next release needs so that it gives nothing away."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, LargeBinary, MetaData, Table, Text

from models.ops import release

SCHEMA = "withheld"

metadata = MetaData(schema=SCHEMA)

part = Table(
    "part",
    metadata,
    Column("part_id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("school_year", Integer, nullable=False),
    Column("release_id", BigInteger, ForeignKey(release.c.release_id), nullable=False),
    Column("fingerprint", Text, nullable=False, comment="Hash of the rows, their description and the policy."),
    Column("asked", Text, comment="The question that was answered beside the release; null for a release."),
    Column("content", LargeBinary, nullable=False, comment="Cells, relations and decision, as NumPy writes them."),
    Index("ix_part_newest", "subject", "school_year", "part_id"),
    comment="One row per subject, school year and decision: every cell that was ever decided, with its true count.",
)
