"""The engineer's guide names every key and only verbs that there are. If it fails, the guide is what to mend."""

import re

import pytest
from typer.main import get_command

from include.cli import app
from include.districts import Cell, Feed
from include.districts.protocols import PROTOCOLS
from include.settings import ROOT

GUIDE = (ROOT / "docs" / "engineer.md").read_text(encoding="utf-8")
# Said by where a feed stands in the file, not by a key.
IMPLIED = {"name", "source", "columns", "contract"}


@pytest.mark.parametrize("described", [Cell, *PROTOCOLS.values()], ids=["column", *PROTOCOLS])
def test_every_key_of_a_mapping_is_explained(described: type[Cell] | type[Feed]) -> None:
    keys = {field.alias or name for name, field in described.model_fields.items()} - IMPLIED
    assert {key for key in keys if f"`{key}" not in GUIDE and f"{key}:" not in GUIDE} == set()


def test_every_command_in_the_guide_exists() -> None:
    known = get_command(app).commands  # type: ignore[attr-defined]
    found = re.findall(r"\./schoolhouse (\w+)([^`\n]*)", GUIDE)
    assert len(found) > 8
    for verb, rest in found:
        command = known[verb]
        words = rest.partition("#")[0].split()
        if hasattr(command, "commands"):
            command = command.commands[words[0]]
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, (verb, rest)
