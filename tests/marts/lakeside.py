"""The generated district, landed and built once for all tests of the marts."""

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from sqlalchemy import Engine, text

from include.districts import load_district
from include.landing import ingest_feed
from include.orchestration.connections import access_of
from include.orchestration.prepare import write_feeds
from include.settings import DEFAULT_DISTRICT, settings
from include.transform import build, marts
from tests.dbt.tiny_district import WITHOUT_TESTS

AS_OF = dt.date(2026, 3, 2)


@dataclass(frozen=True)
class Lakeside:
    """The built warehouse, and the files that everything in it was made of."""

    engine: Engine
    files: Path
    environment: Mapping[str, str]

    def frame(self, query: str) -> pd.DataFrame:
        """Rows of a query over the marts; exact numbers stay decimals."""
        with self.engine.connect() as connection:
            return pd.read_sql(text(query), connection, coerce_float=False)

    @cached_property
    def truth(self) -> dict[str, Any]:
        """What the generator says it planted."""
        return json.loads((self.files / "truth.json").read_text(encoding="utf-8"))


@contextmanager
def lakeside_of(students: int, folder: Path, fresh: Callable[[], AbstractContextManager[Engine]]) -> Iterator[Lakeside]:
    """The generated district with so many students and no faults in its files.

    Every feed is landed, and every mart built as of AS_OF.
    """
    described = yaml.safe_load((DEFAULT_DISTRICT / "district.yml").read_text())
    described["generate"] |= {"students": students, "dirt": False}
    # Its files lie under its name, and another size of it must not write over them.
    described["district"] = f"lakeside_{students}"
    written = yaml.safe_dump(described, sort_keys=False).replace("demo/lakeside/", f"demo/lakeside_{students}/")
    (folder / "district.yml").write_text(written)
    with fresh() as engine, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLHOUSE_DISTRICT", str(folder))
        district = load_district()
        write_feeds(district, AS_OF, lambda _: None)
        for feed in district.feeds:
            ingest_feed(district, feed.name, AS_OF, access_of(feed))
        with pytest.MonkeyPatch.context() as options:
            # That the generated district passes the tests of the data, tests/e2e and test_dirty_district.py show.
            options.setattr(marts, "WITHOUT_UNIT_TESTS", WITHOUT_TESTS)
            build(AS_OF)
        files = settings().state / "demo" / district.name
        # The same process runs tests of other folders, which must not find themselves in this warehouse.
        held = {name: os.environ.pop(name) for name in ("SCHOOLHOUSE_WAREHOUSE_URL", "SCHOOLHOUSE_DISTRICT")}
        yield Lakeside(engine, files, held)
        os.environ.update(held)
