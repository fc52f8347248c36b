"""What district.yml may say about a feed besides, by the protocol of its source."""

import itertools
from typing import Any

from pydantic import Field, field_validator, model_validator

from include.districts.feeds import Cell, Feed, IncrementalFeed
from include.districts.pattern import compile_pattern
from models.landing import CONTRACTS
from models.landing.contract import rules_of

# The member that marks a record as a deletion, where an API tells of them apart from its rows.
OPERATION = "_operation"


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


class OneRosterFeed(IncrementalFeed):
    """One resource of OneRoster (1EdTech): from the zips of a folder, or from a service of version 1.2.

    resource: as the standard writes it: users, orgs, academicSessions, … folder and files: where the zips are, and a
    pattern for them, as of a FileFeed; each zip's manifest says whether it holds everything or what changed, and the
    date in its name which is later. settle_seconds: as of a FileFeed. connection: the service, or where the folder is
    an address, how it is reached. dateLastModified lands only where the mapping names it.
    """

    resource: str = Field(pattern=r"^[A-Za-z]+$")
    folder: str | None = None
    files: str | None = None
    # When a zip is read says nothing of what it means, so it is no part of what a load remembers of the mapping.
    settle_seconds: int = Field(0, ge=0, exclude=True)
    deletes: dict[str, list[str]] = Field(default_factory=lambda: {"status": ["tobedeleted"]})

    @field_validator("files")
    @classmethod
    def _is_a_pattern(cls, given: str | None) -> str | None:
        compile_pattern(given or "")
        return given

    @model_validator(mode="before")
    @classmethod
    def _take_no_version_for_its_date(cls, given: Any) -> Any:
        """A bulk file leaves dateLastModified empty where a delta fills it: the row is the same all the same."""
        if isinstance(given, dict) and isinstance(given.get("drop", []), list):
            return {**given, "drop": [*given.get("drop", []), "dateLastModified"]}
        return given

    @model_validator(mode="after")
    def _comes_one_way(self) -> "OneRosterFeed":
        if (self.folder is None) != (self.files is None) or (self.folder is None and self.connection is None):
            raise ValueError("give the zips by `folder` and `files`, or the service by `connection`")
        if self.folder is not None and self.connection is not None and "://" not in self.folder:
            raise ValueError(
                "give `folder` and `files`, or `connection`: not both, but for a folder on another machine"
            )
        if "mode" in self.model_fields_set:
            raise ValueError("leave out `mode`: the manifest, or the service, says what is sent")
        if self.comes_by_zip and self.full_every_days is not None:
            raise ValueError("`full_every_days` is for a service: of zips the manifest says which hold everything")
        if not self.comes_by_zip and self.resource in ("roles", "userProfiles"):
            raise ValueError(f"a service sends {self.resource} within users: say `resource: users` with `each`")
        if self.comes_by_zip and self.each is not None:
            raise ValueError("`each` is for the lists in a service's records: a zip has a file for them")
        return self

    @property
    def comes_by_zip(self) -> bool:
        """Whether the rows are in zips, rather than behind a service."""
        return self.folder is not None


class SqlFeed(IncrementalFeed):
    """Rows of a database that SQLAlchemy has a dialect for; the `connection` is its URL.

    query or table: one of them, a `select` or the name of a table or view, with its schema where it needs one.
    cursor: a column that only grows, as a time of change or a serial number. With it the first night reads everything
    and each later one what is at or beyond the greatest value seen, so rows of that very value come again and change
    nothing; rows without a value always come. Rows that are deleted in the source are noticed only by
    `full_every_days`. Without a cursor every night reads all there is, and is a snapshot.
    look_back: how far before that value to begin again, in days where the cursor is a date or a time and else in its
    own numbers. A source that stamps a row before it commits it may show it only after a greater value was read.
    """

    connection: str
    query: str | None = None
    table: str | None = None
    cursor: str | None = None
    look_back: float | None = Field(None, gt=0)

    @model_validator(mode="before")
    @classmethod
    def _cursor_makes_a_delta(cls, given: Any) -> Any:
        return {"mode": "delta", **given} if isinstance(given, dict) and given.get("cursor") else given

    @model_validator(mode="after")
    def _reads_one_thing(self) -> "SqlFeed":
        if (self.query is None) == (self.table is None):
            raise ValueError("give one of `query` or `table`")
        if self.cursor is not None and self.mode == "snapshot":
            raise ValueError(
                "with a `cursor` only what is new is read, which is no snapshot: `full_every_days` asks for one"
            )
        if self.look_back is not None and self.cursor is None:
            raise ValueError("`look_back` needs a `cursor` to look back from")
        return self


class EdfiFeed(IncrementalFeed):
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
