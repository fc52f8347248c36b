"""Nights of changes give the same rows as one load of the last night, and each earlier night can be read back.

Each night the feeds arrive in another order. Two nights by default, ten with `./schoolhouse test --all`.
"""

import datetime as dt
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.demo.generate import generate
from include.districts import District, FileFeed, load_district
from include.landing.load import LoadResult, load_file
from include.settings import DEFAULT_DISTRICT
from include.sources import deliveries
from models.landing import CONTRACTS
from models.landing.contract import contract_columns

AS_OF = dt.date(2026, 3, 2)
STUDENTS, YEARS, SEED = 300, 2, 7
NIGHTS = [pytest.param(2, id="two nights"), pytest.param(10, id="ten nights", marks=pytest.mark.slow)]


def land(engine: Engine, district: District, folder: Path, as_of: dt.date, order: random.Random) -> list[LoadResult]:
    """Land what a folder holds; a feed without a file has nothing new."""
    feeds = [feed for feed in district.feeds if isinstance(feed, FileFeed)]
    order.shuffle(feeds)
    results = []
    for feed in feeds:
        here = feed.model_copy(update={"folder": str(folder / feed.source), "is_required": False})
        if Path(here.folder).is_dir():
            results += [load_file(engine, here, delivery, as_of) for delivery in deliveries(here, None, None, folder)]
    return results


def tables(engine: Engine, visible: str) -> dict[str, str]:
    """A hash of the sorted visible rows of each landing table, without what depends on the load."""
    found = {}
    with engine.connect() as connection:
        for name, table in CONTRACTS.items():
            columns = ", ".join(["_feed", *(column.name for column in contract_columns(table)), "_extra"])
            found[name] = connection.execute(
                text(
                    f"select count(*) || ' ' || coalesce(md5(string_agg(r::text, e'\\n' order by r::text)), '')"
                    f" from (select {columns} from landing.{table.name} where {visible}) r"
                )
            ).scalar_one()
    return found


@pytest.mark.parametrize("nights", NIGHTS)
def test_nights_in_any_order_add_up_and_can_be_read_back(
    nights: int,
    fresh_warehouse: Callable[[], AbstractContextManager[Engine]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCHOOLHOUSE_DISTRICT", str(DEFAULT_DISTRICT))
    district = load_district()
    order = random.Random(SEED)
    last = AS_OF + dt.timedelta(days=nights)
    generate(tmp_path / "0", STUDENTS, YEARS, SEED, AS_OF, dirt=False)
    generate(tmp_path / "whole", STUDENTS, YEARS, SEED, last, dirt=False)
    then: dict[dt.date, dict[str, str]] = {}
    with fresh_warehouse() as engine:
        changed = 0
        for night in range(nights + 1):
            day = AS_OF + dt.timedelta(days=night)
            if night:
                generate(tmp_path / str(night), STUDENTS, YEARS, SEED, AS_OF, dirt=False, night=night)
            results = land(engine, district, tmp_path / str(night), day, order)
            for result in results:
                assert result.rows_read == result.landed + result.unchanged + result.quarantined
                assert result.quarantined == 0, result
            changed += sum(result.landed + result.closed for result in results) if night else 0
            then[day] = tables(engine, "_superseded_on is null")
        assert changed > 0
        for day, seen in then.items():
            as_of = f"_known_on <= date '{day}' and (_superseded_on is null or _superseded_on > date '{day}')"
            assert tables(engine, as_of) == seen, day
    with fresh_warehouse() as engine:
        land(engine, district, tmp_path / "whole", last, order)
        whole = tables(engine, "_superseded_on is null")
    assert then[last] == whole
    assert len(set(map(str, then.values()))) > 1
