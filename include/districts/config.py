"""Read and check district.yml. Every error names the file and the line."""

import datetime as dt
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, SerializeAsAny, ValidationError

from include.districts.feeds import Feed, Strict
from include.districts.protocols import PROTOCOLS
from include.errors import SchoolhouseError
from include.settings import settings


class Generate(Strict):
    """Size and seed of a generated district, and whether its files have the faults that real ones have."""

    students: int = Field(ge=1)
    years: int = Field(ge=1)
    seed: int
    dirt: bool = True


class District(Strict):
    """A district as its YAML describes it. `policy` goes to dbt as variables and to the ML jobs."""

    name: str = Field(alias="district", pattern=r"^[a-z][a-z0-9_]{0,40}$")
    title: str
    as_of: dt.date | None = None
    generate: Generate | None = None
    policy: dict[str, Any] = Field(default_factory=dict)
    feeds: tuple[SerializeAsAny[Feed], ...]

    def feed(self, name: str) -> Feed:
        """The feed `<source>.<feed>`. Raises SchoolhouseError where there is none."""
        for feed in self.feeds:
            if feed.name == name:
                return feed
        raise SchoolhouseError(
            f"The district {self.name} has no feed {name!r}: it has {', '.join(f.name for f in self.feeds)}."
        )


class _Loader(yaml.CSafeLoader):
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
    """Every feed; what a source says beside `feeds` holds for each of them that does not say otherwise."""
    feeds = []
    for source, described in (given.get("sources") or {}).items():
        common = {name: value for name, value in described.items() if name not in ("protocol", "feeds")}
        protocol = described.get("protocol", "files")
        if protocol not in PROTOCOLS:
            line = _line_of(tree, ("sources", source, "protocol"))
            raise SchoolhouseError(f"{path}:{line}: protocol {protocol!r} is not one of: {', '.join(PROTOCOLS)}.")
        if protocol == "files" or "folder" in common:
            common["folder"] = _folder(common.get("folder", "."), path.parent)
        for name, feed in (described.get("feeds") or {}).items():
            try:
                feeds.append(
                    PROTOCOLS[protocol].model_validate({**common, **feed, "name": f"{source}.{name}", "source": source})
                )
            except ValidationError as error:
                of_source = common.keys() - (feed or {}).keys()
                raise _explained(path, tree, ("sources", source, "feeds", name), error, of_source) from None
    # Feeds of a source may read the same file.
    withheld = {feed.source for feed in feeds if feed.never_land}
    return [feed.model_copy(update={"keeps_files": False}) if feed.source in withheld else feed for feed in feeds]


def _folder(text: str, beside: Path) -> str:
    """An address as it is, a path as an absolute one."""
    expanded = _expand(text)
    return expanded if "://" in expanded else str((beside / expanded).resolve())


def _explained(
    path: Path, tree: yaml.Node, above: tuple[str, ...], error: ValidationError, of_source: Collection[str] = ()
) -> SchoolhouseError:
    """What is wrong below `above`, line by line. of_source: keys of a feed that its source says for it."""
    lines = []
    for problem in error.errors():
        is_of_source = bool(problem["loc"]) and problem["loc"][0] in of_source
        place = (*(above[:2] if is_of_source else above), *problem["loc"])
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
        loader = _Loader(text)
        tree = loader.get_single_node()
        given = None if tree is None else loader.construct_document(tree)
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
