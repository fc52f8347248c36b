"""Read and check district.yml. Every error names the file and the line."""

import datetime as dt
import os
import re
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from include.errors import SchoolhouseError
from include.settings import settings
from models.landing import CONTRACTS
from models.landing.contract import contract_columns, rules_of

EVERYTHING_ELSE = "*"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Cell(_Strict):
    """How one contract column is filled.

    Exactly one of: `from` a source column (several names where the source renamed it: each file has one of
    them), `debit` and `credit` columns (debit minus credit), or a constant `value`. `match`/`to` rewrite text
    by a regular expression that the whole cell must match; `codes` translate values, and with
    `otherwise: keep` leave the others as they are. `date` may list several layouts that can be told apart.
    """

    from_: str | tuple[str, ...] | None = Field(None, alias="from")
    debit: str | None = None
    credit: str | None = None
    value: str | int | float | bool | dt.date | None = None
    match: str | None = None
    to: str | None = None
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
        if isinstance(given, dict) and isinstance(given.get("codes"), dict):
            codes = {key: _text(value) for key, value in given["codes"].items()}
            return {**given, "codes": codes}
        return given

    @model_validator(mode="after")
    def _one_way(self) -> "Cell":
        ways = [self.from_ is not None, self.debit is not None or self.credit is not None, self.value is not None]
        if sum(ways) != 1:
            raise ValueError("give one of `from`, `debit` with `credit`, or `value`")
        if (self.debit is None) != (self.credit is None):
            raise ValueError("`debit` and `credit` go together")
        if (self.match is None) != (self.to is None):
            raise ValueError("`match` and `to` go together")
        if () in (self.from_, self.date):
            raise ValueError("an empty list names nothing: give one name or layout, or several")
        if self.thousands and self.thousands == self.decimal:
            raise ValueError("`thousands` and `decimal` cannot be the same sign")
        return self

    def sources(self) -> list[str]:
        """Names of the source columns that the cell reads, of a renamed column all of them."""
        named = (self.from_,) if isinstance(self.from_, str) else self.from_ or ()
        return [name for name in (*named, self.debit, self.credit) if name is not None]

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


class Unpivot(_Strict):
    """Wide to long: each of `columns` becomes a row, named in `names` and valued in `values`."""

    names: str
    values: str
    columns: dict[str, str]
    scale: float | None = None


class Feed(_Strict):
    """One contract filled from one set of files."""

    name: str
    source: str
    folder: Path
    contract: str
    files: str
    member: str | None = None
    sheet: str | None = None
    encoding: str = "utf-8"
    delimiter: str = Field(",", min_length=1, max_length=1)
    mode: Literal["snapshot", "delta"] = "snapshot"
    partition: str | None = None
    max_disappearing_share: float = Field(0.2, ge=0, le=1)
    is_required: bool = Field(True, alias="required")
    where: dict[str, list[str]] = Field(default_factory=dict)
    columns: dict[str, Cell]
    unpivot: Unpivot | None = None
    drop: list[str] = Field(default_factory=list)

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
        if not rules_of(table).key and self.mode == "delta":
            raise ValueError(f"{self.contract} has no key, so a delta cannot be told from a repeat: use snapshot")
        return self


class Generate(_Strict):
    """Size and seed of a generated district, and whether its files have the faults that real ones have."""

    students: int = Field(ge=1)
    years: int = Field(ge=1)
    seed: int
    dirt: bool = True


class District(_Strict):
    """A district as its YAML describes it. `policy` goes to dbt as variables and to the ML jobs."""

    name: str = Field(alias="district", pattern=r"^[a-z][a-z0-9_]{0,40}$")
    title: str
    as_of: dt.date | None = None
    generate: Generate | None = None
    policy: dict[str, Any] = Field(default_factory=dict)
    feeds: tuple[Feed, ...]

    def feed(self, name: str) -> Feed:
        """The feed `<source>.<feed>`. Raises SchoolhouseError where there is none."""
        for feed in self.feeds:
            if feed.name == name:
                return feed
        raise SchoolhouseError(
            f"The district {self.name} has no feed {name!r}: it has {', '.join(f.name for f in self.feeds)}."
        )


def _text(value: Any) -> str:
    """YAML reads the value of `Y: true` as a boolean; codes are text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class _Loader(yaml.SafeLoader):
    """Keys are taken as they are written: YAML would read `1`, `true` and `yes` as one and the same key."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value)
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


def _expand(text: str) -> str:
    variables = {**os.environ, "SCHOOLHOUSE_STATE": str(settings().state)}

    def replace(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in variables:
            raise SchoolhouseError(f"The folder {text!r} names the variable {name}, which is not set.")
        return variables[name]

    return re.sub(r"\$\{(\w+)\}", replace, text)


def _line_of(node: yaml.Node, location: tuple[int | str, ...]) -> int:
    """Line of the deepest YAML node on the way to `location`."""
    line = node.start_mark.line + 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(step)]
            if not found:
                break
            line, node = found[0][0].start_mark.line + 1, found[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _feeds(path: Path, given: dict[str, Any], tree: yaml.Node) -> list[Feed]:
    feeds = []
    for source, settings_ in (given.get("sources") or {}).items():
        protocol = settings_.get("protocol", "files")
        if protocol != "files":
            line = _line_of(tree, ("sources", source, "protocol"))
            raise SchoolhouseError(f"{path}:{line}: protocol {protocol!r} is not one of: files.")
        folder = Path(_expand(settings_.get("folder", ".")))
        if not folder.is_absolute():
            folder = (path.parent / folder).resolve()
        for name, feed in (settings_.get("feeds") or {}).items():
            try:
                feeds.append(
                    Feed.model_validate({**feed, "name": f"{source}.{name}", "source": source, "folder": folder})
                )
            except ValidationError as error:
                raise _explained(path, tree, ("sources", source, "feeds", name), error) from None
    return feeds


def _explained(path: Path, tree: yaml.Node, above: tuple[str, ...], error: ValidationError) -> SchoolhouseError:
    lines = []
    for problem in error.errors():
        place = (*above, *problem["loc"])
        reason = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{path}:{_line_of(tree, place)}: {'.'.join(map(str, place)) or 'the file'}: {reason}")
    return SchoolhouseError("\n".join(lines))


def load_district(path: Path | None = None) -> District:
    """Read `<path>/district.yml`; path defaults to the district that the environment names.

    Raises SchoolhouseError with file and line for whatever cannot be understood.
    """
    folder = path or settings().district_path
    file = folder / "district.yml"
    if not file.exists():
        raise SchoolhouseError(f"There is no {file}: name a folder that holds a district.yml.")
    text = file.read_text(encoding="utf-8")
    try:
        tree = yaml.compose(text)
        given = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader that keeps keys as text
    except yaml.YAMLError as error:
        raise SchoolhouseError(f"{file} is not YAML: {error}") from None
    if tree is None or not isinstance(given, dict):
        raise SchoolhouseError(f"{file} is empty: give at least `district`, `title` and `sources`.")
    feeds = _feeds(file, given, tree)
    rest = {key: value for key, value in given.items() if key != "sources"}
    try:
        return District.model_validate({**rest, "feeds": tuple(feeds)})
    except ValidationError as error:
        raise _explained(file, tree, (), error) from None
