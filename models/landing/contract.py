"""What a landing contract is: one SQLAlchemy table and the rules its rows must pass.

The loader, the quarantine, the migrations and dbt's source YAML all derive from the tables made
here, so a column exists in one place only.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

SCHEMA = "landing"

metadata = MetaData(schema=SCHEMA)

# Kept beside the tables rather than in Table.info, which Alembic would write into migrations.
_RULES: dict[str, "Rules"] = {}

MONEY = Numeric(14, 2)
FTE = Numeric(9, 2)
SHARE = Numeric(9, 6)
POINTS = Numeric(9, 3)


@dataclass(frozen=True)
class Rules:
    """How a contract's rows are identified and dated.

    key: columns that identify a row within a feed. Empty means that the source has no key: rows are
        then a multiset, and the n-th copy of a row is told apart from the others by its number.
    posted: the column that carries the source's own posting date, where it has one.
    event: the column that says when the fact happened.
    references: where a column's values must be known from, as {"student_id": "sis.student.student_id"}; a value that is
        not lands all the same and is an orphan until it is.
    lag_days: how long after `event` such a fact becomes known, where nothing was posted.
    """

    name: str
    doc: str
    key: tuple[str, ...]
    posted: str | None
    event: str | None
    lag_days: int
    references: dict[str, str]


def col(
    name: str,
    type_: Any,
    doc: str,
    *,
    required: bool = False,
    allowed: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
) -> Column[Any]:
    """One contract column.

    required refuses nulls and empty text; allowed lists the accepted codes after code maps;
    minimum and maximum are inclusive. A row that fails any of them is quarantined.
    """
    return Column(
        name,
        type_,
        nullable=not required,
        comment=doc,
        info={"allowed": allowed, "minimum": minimum, "maximum": maximum},
    )


def text_col(name: str, doc: str, **rules: Any) -> Column[Any]:
    return col(name, Text(), doc, **rules)


def date_col(name: str, doc: str, **rules: Any) -> Column[Any]:
    return col(name, Date(), doc, **rules)


def bool_col(name: str, doc: str, **rules: Any) -> Column[Any]:
    return col(name, Boolean(), doc, **rules)


def int_col(name: str, doc: str, **rules: Any) -> Column[Any]:
    return col(name, Integer(), doc, **rules)


def money_col(name: str, doc: str, **rules: Any) -> Column[Any]:
    return col(name, MONEY, doc, **rules)


def contract(
    name: str,
    doc: str,
    *columns: Column[Any],
    key: tuple[str, ...],
    posted: str | None = None,
    event: str | None = None,
    lag_days: int = 0,
    references: dict[str, str] | None = None,
) -> Table:
    """Declare `landing.<name>`: the contract's columns followed by the loader's own.

    Raises ValueError where `key`, `posted`, `event` or `references` name a column that the contract does not have.
    """
    known = {column.name for column in columns}
    for named in (*key, posted, event, *(references or {})):
        if named is not None and named not in known:
            raise ValueError(f"contract {name} names {named!r}, which is not one of its columns")
    _RULES[name] = Rules(name, doc, key, posted, event, lag_days, references or {})
    return Table(
        name,
        metadata,
        *columns,
        Column("_version_id", BigInteger, Identity(always=True), primary_key=True),
        Column("_feed", Text, nullable=False, comment="The feed in district.yml that brought the row."),
        Column("_key", UUID, nullable=False, comment="md5 of the key columns."),
        Column("_load_id", BigInteger, nullable=False, comment="ops.load that brought this version."),
        Column("_line", Integer, nullable=False, comment="Line of the source file, header included."),
        Column("_extra", JSONB, comment="Source columns that nobody mapped."),
        Column("_known_on", Date, nullable=False, comment="The day this version became known."),
        Column(
            "_superseded_on",
            Date,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        Index(
            f"ux_{name}_current",
            # What tells rows apart comes first: a feed's name is the same in all of them.
            "_key",
            "_feed",
            unique=True,
            postgresql_where=text("_superseded_on is null"),
        ),
        comment=doc,
    )


def rules_of(table: Table) -> Rules:
    """Raises KeyError for a table that is not a landing contract."""
    return _RULES[table.name]


def contract_columns(table: Table) -> list[Column[Any]]:
    """The columns that a source fills, in order; the loader's own start with an underscore."""
    return [column for column in table.columns if not column.name.startswith("_")]
