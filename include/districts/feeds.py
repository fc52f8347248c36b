"""What district.yml may say about a feed, by the protocol of its source."""

import datetime as dt
import itertools
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from include.districts.pattern import compile_pattern
from models.landing import CONTRACTS
from models.landing.contract import contract_columns, rules_of

EVERYTHING_ELSE = "*"
# The member that marks a record as a deletion, where an API tells of them apart from its rows.
OPERATION = "_operation"


def _text(value: Any) -> str:
    """YAML reads the value of `Y: true` as a boolean; codes are text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Cell(Strict):
    """How one contract column is filled.

    Exactly one of: `from` a source column (several names where the source renamed it: each file has one of
    them), `join` several columns with `separator` between those that say something, `debit` and `credit`
    columns (debit minus credit), or a constant `value`. `match`/`to` rewrite text by a regular expression;
    `patterns` give the value of the first regular expression that the text matches; `codes` translate values,
    and with `otherwise: keep` leave the others as they are. `date` may list several layouts that can be told
    apart.
    """

    from_: str | tuple[str, ...] | None = Field(None, alias="from")
    join: tuple[str, ...] | None = Field(None, min_length=2)
    separator: str = "-"
    debit: str | None = None
    credit: str | None = None
    value: str | int | float | bool | dt.date | None = None
    match: str | None = None
    to: str | None = None
    patterns: dict[str, str] | None = Field(None, min_length=1)
    codes: dict[str, str] | None = None
    otherwise: Literal["quarantine", "keep"] = "quarantine"
    date: str | tuple[str, ...] = "YYYY-MM-DD"
    thousands: Literal["", ",", ".", " ", "'"] = ""
    decimal: Literal[".", ","] = "."
    scale: float | None = Field(None, description="Multiply a number by this, as 0.01 for per cents.")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"from": given}
        if isinstance(given, dict):
            tables = {name: given[name] for name in ("codes", "patterns") if isinstance(given.get(name), dict)}
            texts = {name: {key: _text(value) for key, value in table.items()} for name, table in tables.items()}
            return {**given, **texts}
        return given

    @model_validator(mode="after")
    def _one_way(self) -> "Cell":
        amounts = self.debit is not None or self.credit is not None
        ways = [self.from_ is not None, self.join is not None, amounts, self.value is not None]
        if sum(ways) != 1:
            raise ValueError("give one of `from`, `join`, `debit` with `credit`, or `value`")
        if (self.debit is None) != (self.credit is None):
            raise ValueError("`debit` and `credit` go together")
        if (self.match is None) != (self.to is None):
            raise ValueError("`match` and `to` go together")
        if (
            sum(table is not None for table in (self.match, self.patterns, self.codes)) > 1
            and self.patterns is not None
        ):
            raise ValueError("`patterns` stand alone, without `match` and `codes`")
        if () in (self.from_, self.date):
            raise ValueError("an empty list names nothing: give one name or layout, or several")
        if self.thousands and self.thousands == self.decimal:
            raise ValueError("`thousands` and `decimal` cannot be the same sign")
        return self

    def sources(self) -> list[str]:
        """Names of the source columns that the cell reads, of a renamed column all of them."""
        named = (self.from_,) if isinstance(self.from_, str) else self.from_ or ()
        return [name for name in (*named, *(self.join or ()), self.debit, self.credit) if name is not None]

    def in_file(self, header: list[str]) -> "Cell":
        """The cell with the one name that a renamed column has in this header.

        Raises ValueError where the header has none of the names, or more than one.
        """
        if not isinstance(self.from_, tuple):
            return self
        found = [name for name in self.from_ if name in header]
        if len(found) != 1:
            names = " or ".join(map(repr, self.from_))
            raise ValueError(f"no column {names}" if not found else f"{len(found)} of the columns {names}")
        return self.model_copy(update={"from_": found[0]})


class Unpivot(Strict):
    """Wide to long: each of `columns` becomes a row, named in `names` and valued in `values`."""

    names: str
    values: str
    columns: dict[str, str]
    scale: float | None = None


class Mask(Strict):
    """The segments of an account code, as `{from: Account, mask: FF.UUUU.OOOOO, segments: {F: fund, U: function}}`.

    Each run of a letter in `segments` stands for so many letters or digits; anything else stands for itself.
    """

    from_: str = Field(alias="from")
    mask: str
    segments: dict[str, str] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_each_segment_once(self) -> "Mask":
        for letter in self.segments:
            if len(letter) != 1 or len(re.findall(f"{re.escape(letter)}+", self.mask)) != 1:
                raise ValueError(f"segment {letter!r} must be one letter that stands in one place of {self.mask!r}")
        return self

    def cells(self) -> dict[str, Cell]:
        """A cell for each contract column that a segment fills."""
        runs = re.findall("|".join(f"{re.escape(letter)}+" for letter in self.segments) + "|.", self.mask)
        pattern = "".join(f"([A-Za-z0-9]{{{len(run)}}})" if run[0] in self.segments else re.escape(run) for run in runs)
        order = [run[0] for run in runs if run[0] in self.segments]
        return {
            column: Cell.model_validate(
                {"from": self.from_, "match": f"^{pattern}$", "to": f"\\{order.index(letter) + 1}"}
            )
            for letter, column in self.segments.items()
        }


class Feed(Strict):
    """One contract filled from one set of rows, whatever brings them.

    each: of JSON, the dotted path of a list whose elements are the rows, each beside the members of the whole.
    where: rows to take, by source column and the values that it may have. deletes: rows that say that a row is
    gone, likewise. drop: columns that do not land. never_land: columns that may not even be kept in the copy of
    the source file; then no feed of the source keeps one, as with `keep_files: false`. partition: a file is whole for
    its own values of this contract column only.
    due_every_days: how old the newest load may be before `status` calls the feed late.
    """

    name: str
    source: str
    contract: str
    connection: str | None = None
    mode: Literal["snapshot", "delta"] = "snapshot"
    partition: str | None = None
    max_disappearing_share: float = Field(0.2, ge=0, le=1)
    is_required: bool = Field(True, alias="required")
    due_every_days: int = Field(1, ge=1)
    each: str | None = None
    where: dict[str, list[str]] = Field(default_factory=dict)
    deletes: dict[str, list[str]] = Field(default_factory=dict)
    columns: dict[str, Cell]
    account_mask: Mask | None = None
    unpivot: Unpivot | None = None
    drop: list[str] = Field(default_factory=list)
    never_land: list[str] = Field(default_factory=list)
    keeps_files: bool = Field(True, alias="keep_files")

    @model_validator(mode="before")
    @classmethod
    def _spell_out_the_mask(cls, given: Any) -> Any:
        if isinstance(given, dict) and given.get("account_mask") is not None:
            return {**given, "columns": {**Mask.model_validate(given["account_mask"]).cells(), **given["columns"]}}
        return given

    @model_validator(mode="after")
    def _fits_its_contract(self) -> "Feed":
        if self.contract not in CONTRACTS:
            raise ValueError(f"no contract {self.contract!r}: there are {', '.join(CONTRACTS)}")
        table = CONTRACTS[self.contract]
        names = {column.name for column in contract_columns(table)}
        filled = set(self.columns)
        if self.unpivot is not None:
            filled |= {self.unpivot.names, self.unpivot.values}
        if unknown := sorted(filled - names):
            raise ValueError(f"{self.contract} has no column {unknown[0]!r}: it has {', '.join(sorted(names))}")
        needed = {column.name for column in contract_columns(table) if not column.nullable}
        if missing := sorted(needed - filled):
            raise ValueError(f"{self.contract} needs column {missing[0]!r}, which nothing fills")
        if self.partition is not None and self.partition not in names:
            raise ValueError(f"`partition` names {self.partition!r}, which {self.contract} does not have")
        if not rules_of(table).key and (self.mode == "delta" or self.deletes):
            raise ValueError(f"{self.contract} has no key, so a delta cannot be told from a repeat: use snapshot")
        return self

    def json_columns(self) -> tuple[str, ...]:
        """Names that the mapping reads, for records that leave out what they have no value for."""
        plain = [name for cell in self.columns.values() if not isinstance(cell.from_, tuple) for name in cell.sources()]
        wide = list(self.unpivot.columns) if self.unpivot is not None else []
        return tuple(dict.fromkeys((*plain, *wide, *self.where, *self.deletes)))


class FileFeed(Feed):
    """Files of a folder on this machine, of an SFTP server or of an object store.

    folder: a path, or an address such as sftp://host/folder or s3://bucket/folder, reached by `connection`.
    files: a pattern below it, as `*.csv`, `**/roster.csv`, or with a date, `grades_{date:MMDDYYYY}.txt`: files land in
    the order of their dates, else of their names. newest_only: of a snapshot that is written anew under every date,
    land the last one only. settle_seconds: how long a file must have been left alone before it is read, for sources
    that write slowly; whoever is writing at the moment is noticed without it. member: the file of a zip, by name or
    pattern; `inner.zip/name` for a zip within it. sheet: of a workbook, else the first.
    encoding: any that Python knows; a byte order mark says more. skip_lines: lines before the header. header: names of
    the columns, for a file that does not begin with them. comment: how lines begin that are no data.
    delimiter, quote, escape, doubled_quotes: the dialect. An empty `quote` means that quotes are letters like others;
    `escape` is the sign that takes the meaning from the next one; without `doubled_quotes` a pair of them is no quote.
    widths: a fixed-width file's columns, as `{id: [1, 9], name: [10, 40]}`, first and last character counted from 1, or
    as `[[id, 9], [name, 31]]`, one after the other. trimmed: its lines may end where their last text does; else a
    shorter line is taken for one that was cut.
    """

    folder: str
    files: str
    newest_only: bool = False
    settle_seconds: int = Field(0, ge=0)
    member: str | None = None
    sheet: str | None = None
    encoding: str = "utf-8"
    skip_lines: int = Field(0, ge=0)
    header: tuple[str, ...] = ()
    comment: str | None = Field(None, min_length=1)
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1)
    escape: str | None = Field(None, min_length=1, max_length=1)
    doubled_quotes: bool = True
    widths: tuple[tuple[str, int, int], ...] = ()
    trimmed: bool = False

    @field_validator("encoding")
    @classmethod
    def _is_an_encoding_of_text(cls, given: str) -> str:
        try:
            "".encode(given)
        except (LookupError, UnicodeError):
            raise ValueError(f"no encoding of text is called {given!r}") from None
        return given

    @field_validator("files")
    @classmethod
    def _is_a_pattern(cls, given: str) -> str:
        compile_pattern(given)
        return given

    @field_validator("widths", mode="before")
    @classmethod
    def _as_places(cls, given: Any) -> Any:
        """(name, start, end) from 0, the end not included, of either way to write them."""
        try:
            if isinstance(given, dict):
                return tuple((name, int(first) - 1, int(last)) for name, (first, last) in given.items())
            if isinstance(given, list):
                ends = list(itertools.accumulate(int(width) for _, width in given))
                return tuple((name, end - int(width), end) for (name, width), end in zip(given, ends, strict=True))
        except (TypeError, ValueError):
            raise ValueError("write `widths` as {name: [first, last]} or as [[name, width]]") from None
        return given

    @model_validator(mode="after")
    def _is_one_layout(self) -> "FileFeed":
        for name, start, end in self.widths:
            if not 0 <= start < end:
                raise ValueError(f"column {name!r} of `widths` ends at {end}, before its first character {start + 1}")
        if self.widths and self.header:
            raise ValueError("`widths` name the columns already: leave out `header`")
        if self.trimmed and not self.widths:
            raise ValueError("`trimmed` is about `widths`")
        if self.newest_only and self.mode == "delta":
            raise ValueError("of a delta every file is needed: `newest_only` is for snapshots")
        for names in (self.header, [name for name, _, _ in self.widths]):
            if len(set(names)) < len(names):
                raise ValueError("a column is named twice")
        signs = [sign for sign in (self.delimiter, self.quote, self.escape) if sign]
        if len(set(signs)) < len(signs) or set(signs) & set("\r\n"):
            raise ValueError("`delimiter`, `quote` and `escape` are three different signs, and no line ends")
        if not self.quote and not self.doubled_quotes:
            raise ValueError("without a `quote` there are none to double")
        return self


class OneRosterFeed(Feed):
    """One resource of OneRoster (1EdTech): from the zips of a folder, or from a service of version 1.2.

    resource: as the standard writes it: users, orgs, academicSessions, … folder and files: where the zips are, and a
    pattern for them; each zip's manifest says whether it holds everything or what changed. connection: the service.
    dateLastModified lands only where the mapping names it.
    """

    resource: str = Field(pattern=r"^[A-Za-z]+$")
    folder: str | None = None
    files: str | None = None
    deletes: dict[str, list[str]] = Field(default_factory=lambda: {"status": ["tobedeleted"]})

    @model_validator(mode="before")
    @classmethod
    def _take_no_version_for_its_date(cls, given: Any) -> Any:
        """A bulk file leaves dateLastModified empty where a delta fills it: the row is the same all the same."""
        if isinstance(given, dict) and isinstance(given.get("drop", []), list):
            return {**given, "drop": [*given.get("drop", []), "dateLastModified"]}
        return given

    @model_validator(mode="after")
    def _comes_one_way(self) -> "OneRosterFeed":
        if self.connection is None and (self.folder is None or self.files is None):
            raise ValueError("give the zips by `folder` and `files`, or the service by `connection`")
        if self.connection is not None and (self.folder is not None or self.files is not None):
            raise ValueError("give `folder` and `files`, or `connection`: not both")
        if "mode" in self.model_fields_set:
            raise ValueError("leave out `mode`: the manifest, or the service, says what is sent")
        if self.connection is not None and self.resource in ("roles", "userProfiles"):
            raise ValueError(f"a service sends {self.resource} within users: say `resource: users` with `each`")
        if self.connection is None and self.each is not None:
            raise ValueError("`each` is for the lists in a service's records: a zip has a file for them")
        return self


class SqlFeed(Feed):
    """Rows of a database that SQLAlchemy has a dialect for; the `connection` is its URL.

    query or table: one of them, a `select` or the name of a table or view, with its schema where it needs one.
    cursor: a column that only grows, as a time of change or a serial number. With it the first night reads everything
    and each later one what is at or beyond the greatest value seen, so rows of that very value come again and change
    nothing; rows without a value always come. Rows that are deleted in the source are not noticed then. Without it
    every night reads all there is.
    """

    connection: str
    query: str | None = None
    table: str | None = None
    cursor: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _cursor_makes_a_delta(cls, given: Any) -> Any:
        return {"mode": "delta", **given} if isinstance(given, dict) and given.get("cursor") else given

    @model_validator(mode="after")
    def _reads_one_thing(self) -> "SqlFeed":
        if (self.query is None) == (self.table is None):
            raise ValueError("give one of `query` or `table`")
        if self.cursor is not None and self.mode == "snapshot":
            raise ValueError("with a `cursor` only what is new is read, which is no snapshot")
        return self


class EdfiFeed(Feed):
    """A resource of an Ed-Fi ODS/API.

    resource: as `schools`, or with a namespace other than `ed-fi` as `tpdm/candidates`. parameters: what else the
    query says. page_size: rows of one answer; an ODS allows 500 at most. The reader marks what was deleted with a
    member of its own, so `deletes` need not name it.
    """

    connection: str
    resource: str = Field(pattern=r"^([A-Za-z0-9-]+/)?[A-Za-z0-9]+$")
    parameters: dict[str, str] = Field(default_factory=dict)
    page_size: int = Field(500, ge=1, le=500)

    @model_validator(mode="before")
    @classmethod
    def _know_deletions(cls, given: Any) -> Any:
        table = CONTRACTS.get(str(given.get("contract"))) if isinstance(given, dict) else None
        if table is None or not rules_of(table).key:
            return given
        return {**given, "deletes": {**(given.get("deletes") or {}), OPERATION: ["delete"]}}

    @property
    def path(self) -> str:
        """The resource with its namespace."""
        return self.resource if "/" in self.resource else f"ed-fi/{self.resource}"

    def key_sources(self) -> list[str]:
        """Members of the record that the contract's key is made of."""
        return list(dict.fromkeys(name for cell in self._key_cells() for name in cell.sources()))

    def _key_cells(self) -> list[Cell]:
        return [self.columns[name] for name in rules_of(CONTRACTS[self.contract]).key if name in self.columns]

    @property
    def is_kept_by_changes(self) -> bool:
        """Whether changed rows, deleted and changed keys are enough to keep the landed rows right.

        They are not where a row can go without being deleted: out of `where` or `parameters`, or out of the list
        that `each` reads; nor where rows have no key, or one with a name that depends on the file.
        """
        renamed = any(isinstance(cell.from_, tuple) for cell in self._key_cells())
        return bool(self.key_sources()) and not (self.where or self.parameters or self.each or renamed)


PROTOCOLS: dict[str, type[Feed]] = {
    "files": FileFeed, "oneroster": OneRosterFeed, "edfi": EdfiFeed, "sql": SqlFeed,
}  # fmt: skip
