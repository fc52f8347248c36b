"""What district.yml may say about any feed: its contract, how its columns are filled, which rows count."""

import datetime as dt
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from models.landing import CONTRACTS
from models.landing.contract import contract_columns, rules_of

EVERYTHING_ELSE = "*"


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


class IncrementalFeed(Feed):
    """A feed of a system that is asked for what changed since the last time.

    full_every_days: how many days after everything was last read it is read again, as a snapshot, so that rows end
    of which the system has told nothing, as those that were deleted without a trace. Without it that is never.
    """

    full_every_days: int | None = Field(None, ge=1)
