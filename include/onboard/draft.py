"""The draft as YAML for district.yml, with how sure it is of each line beside it."""

import re
from pathlib import Path
from typing import Any

import yaml

from include.errors import SchoolhouseError
from include.onboard.match import Match, Place, match
from include.onboard.sample import Sample, samples
from include.onboard.words import likeness
from models.landing import CONTRACTS
from models.landing.contract import rules_of

# A mapping to it loads, and a rehearsal then names the file's columns: nothing is filled in silently.
NOT_FOUND = "?"


def draft_feed(
    path: Path, contract: str, name: str | None = None, member: str | None = None, sheet: str | None = None
) -> str:
    """The block `sources:` with one feed that reads the file, to be looked through and pasted into district.yml.

    name: of the feed as `<source>.<feed>`, else after the contract. member, sheet: of a zip or a workbook, else
    the one that fits best. Raises SchoolhouseError where there is no such contract, or the file is no table.
    """
    if contract not in CONTRACTS:
        raise SchoolhouseError(f"There is no contract {contract!r}: there are {', '.join(CONTRACTS)}.")
    table = CONTRACTS[contract]
    source, _, feed = (name or contract).rpartition(".")
    tried = [(match(table, sample), sample) for sample in samples(path, member, sheet)]
    short = contract.partition(".")[2]
    found, sample = max(tried, key=lambda pair: pair[0].score + 0.1 * likeness(_part(pair[1]), short))
    lines = [
        f"# Drafted from {sample.rows:,} rows of {path.name}, {sample.damaged:,} of them damaged.",
        "# Look through every line: the per cent say how sure the draft is, by names and values of the columns.",
        "sources:",
        f"  {source or contract.partition('.')[0]}:",
        "    protocol: files",
        f"    folder: {_yaml(str(path.parent.resolve()))}",
        "    feeds:",
        f"      {feed}:",
        f"        contract: {contract}",
        *(f"        {line}" for line in _layout(sample)),
        *(f"        {line}" for line in _versions(found, sample, rules_of(table).key)),
    ]
    if found.mask is not None:
        lines.append(f"        account_mask: {_yaml(found.mask)}  # 30 %  the order of the segments is a guess")
    lines.append("        columns:")
    for place in found.places.values():
        lines += [f"          {line}" for line in _column(place)]
    required = [column for column in found.missing if not column.nullable]
    for column in required:
        why = f"required, and no column looks like it: {column.comment}"
        lines.append(f"          {column.name}: {_yaml(NOT_FOUND)}  # 0 %  {why}")
    optional = [column.name for column in found.missing if column.nullable]
    if optional:
        lines.append(f"        # Not filled, and need not be: {', '.join(optional)}")
    if found.unplaced:
        lines.append("        # Not placed: kept beside each row, unless they are listed under `drop` or `never_land`:")
        lines += [f"        #   {_plain(column)}" for column in found.unplaced]
    return "\n".join(lines) + "\n"


def _part(sample: Sample) -> str:
    return Path(sample.layout.member or sample.layout.sheet or sample.path.name).stem


class _Dumper(yaml.SafeDumper):
    """Quotes what begins with a digit: "08" is text to a reader too."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"' if text[:1].isdigit() and text.isalnum() else None
    ),
)


def _yaml(value: Any) -> str:
    """A value on one line, quoted where it must be."""
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True)
    return text.removesuffix("...\n").strip()


def _plain(text: str) -> str:
    return " ".join(text.split())


def _pattern(path: Path) -> str:
    """The file's name, with a star for its digits where the folder holds others of the kind."""
    starred = re.sub(r"\d+([-_.]?\d+)*", "*", path.name)
    return starred if starred != path.name and len(list(path.parent.glob(starred))) > 1 else path.name


def _layout(sample: Sample) -> list[str]:
    layout = sample.layout
    said = {"files": _pattern(sample.path), "member": layout.member, "sheet": layout.sheet}
    if layout.delimiter != ",":
        said["delimiter"] = layout.delimiter
    if layout.encoding != "utf-8":
        said["encoding"] = layout.encoding
    return [f"{name}: {_yaml(value)}" for name, value in said.items() if value is not None]


def _versions(found: Match, sample: Sample, key: tuple[str, ...]) -> list[str]:
    """How several files of a feed go together, which one of them does not say."""
    if _pattern(sample.path) == sample.path.name:
        return []
    for name in ("fiscal_year", "school_year"):
        place = found.places.get(name)
        values = {value for value in sample.columns.get(str(place.cell.get("from")), []) if value} if place else set()
        if len(values) == 1:
            return [f"partition: {name}  # each file is whole for its year; if it holds only what changed: mode: delta"]
    if key:
        return ["mode: delta  # several files, so each is taken to hold only what is new or changed"]
    return ["# Several files and no key: say which column a file is whole for, as `partition: fiscal_year`."]


def _column(place: Place) -> list[str]:
    plain = set(place.cell) == {"from"}
    cell = _yaml(place.cell["from"] if plain else place.cell)
    note = f"  {place.note}" if place.note else ""
    lines = [f"{place.column}: {cell}  # {place.confidence:.0%}".replace("%", " %") + note]
    if place.unknown:
        lines.append(f"# codes of {place.column} without a meaning yet: {', '.join(map(_plain, place.unknown))}")
    return lines
