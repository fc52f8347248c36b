"""A district of a few lines in a folder of its own, for tests of the commands."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

MONDAY = dt.date(2026, 3, 2)
TUESDAY = dt.date(2026, 3, 3)
WEDNESDAY = dt.date(2026, 3, 4)

SCHOOL: dict[str, Any] = {
    "contract": "sis.school",
    "files": "schools.csv",
    "columns": {
        "school_id": "id",
        "name": "name",
        "level": {"from": "level", "codes": {"E": "elementary", "M": "middle"}},
    },
}


@dataclass(frozen=True)
class SmallDistrict:
    """folder: holds district.yml and the files."""

    folder: Path

    def say(self, source: dict[str, Any] | None = None, /, **feeds: dict[str, Any]) -> None:
        """Write district.yml anew, with these feeds of the source `sis`, which has files unless `source` says."""
        described = {
            "district": "small",
            "title": "Small",
            "sources": {"sis": {"protocol": "files", "folder": ".", **(source or {}), "feeds": feeds}},
        }
        (self.folder / "district.yml").write_text(yaml.safe_dump(described, sort_keys=False))

    def write(self, name: str, content: str) -> None:
        """Write or replace a file of a source."""
        (self.folder / name).write_text(content, encoding="utf-8")


def small_district(folder: Path, patch: pytest.MonkeyPatch) -> SmallDistrict:
    """A district in `folder`, which the commands take for theirs; a terminal wide enough for what they say."""
    patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
    patch.setenv("COLUMNS", "200")
    return SmallDistrict(folder)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def everything(engine: Engine) -> dict[str, str]:
    """Number and hash of the rows of every table of ops and landing."""
    tables = rows(
        engine,
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('ops', 'landing') and table_type = 'BASE TABLE'",
    )
    hashed = "select count(*) || ' ' || md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')) from {} t"
    return {f"{schema}.{name}": rows(engine, hashed.format(f'"{schema}"."{name}"'))[0][0] for schema, name in tables}
