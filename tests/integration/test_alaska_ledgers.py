"""Five real ledgers through five mappings into one contract: no line is lost and every fund agrees to the cent."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, text

from include.districts import load_district
from include.landing.load import LoadResult, load_file
from include.settings import ROOT
from include.sources import deliveries
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.shared_data

AS_OF = dt.date(2019, 9, 30)
FEEDS = {
    "aleutian_ledger": ("ARSD19.csv", 3_098),
    "copper_river_ledger": ("CRSD19.csv", 8_751),
    "chugach_ledger": ("CSD19.csv", 33_304),
    "cordova_ledger": ("Cordova19.csv", 7_571),
    "kake_ledger": ("KakeCity19.csv", 4_529),
}
Landed = tuple[Engine, dict[str, LoadResult]]


@pytest.fixture(scope="module")
def landed(module_warehouse: Engine) -> Landed:
    """Every feed of the district landed in one warehouse."""
    results = {}
    for feed in load_district(ROOT / "tests" / "districts" / "alaska").feeds:
        for delivery in deliveries(feed, None, None, Path()):
            results[feed.name.removeprefix("alaska.")] = load_file(module_warehouse, feed, delivery, AS_OF)
    return module_warehouse, results


def frame(engine: Engine, query: str) -> pd.DataFrame:
    with engine.connect() as connection:
        return pd.read_sql(text(query), connection, coerce_float=False)


def lines(feed: str) -> pd.DataFrame:
    """The file as pandas reads it: every cell its text, without spaces around it."""
    found = pd.read_csv(SHARED_DATA / "alaska_ledger" / FEEDS[feed][0], dtype=str, keep_default_na=False)
    return found.apply(lambda column: column.str.strip())


def money(cells: pd.Series) -> pd.Series:
    """Exact dollars; nothing is 0."""
    return cells.str.replace(",", "").map(lambda cell: Decimal(cell or "0"))


def expected(feed: str) -> pd.DataFrame:
    """Fund, kind and dollars of each line that states them, as someone would add them up who knows no mapping."""
    file = lines(feed)
    if feed == "copper_river_ledger":
        file = file[file["Reference_Type"] != ""]
        amount = money(file["Amount"]) + money(file["Encumbrance"])
        kind = pd.Series("actual", file.index).mask(money(file["Encumbrance"]) != 0, "encumbrance")
    elif feed == "chugach_ledger":
        file = file[(file["Post_Type"] == "Actual") & ((file["Debit"] != "") | (file["Credit"] != ""))]
        amount, kind = money(file["Debit"]) - money(file["Credit"]), file["Post_Type"].str.lower()
    elif feed == "cordova_ledger":
        amount = money(file["Debit"]) - money(file["Credit"])
        # The budget of an expenditure is written as a credit, and is so much to spend.
        amount = amount.mask(file["Reference_Type"] == "B", -amount)
        kind = file["Reference_Type"].map({"B": "budget", "O": "encumbrance"}).fillna("actual")
    elif feed == "kake_ledger":
        # By the columns that the mapping does not use.
        amount, kind = money(file["Debit"]) - money(file["Credit"]), pd.Series("actual", file.index)
    else:
        # The sign by the flag, which the mapping does not use.
        amount = money(file["absolute_amount"])
        amount, kind = amount.mask(file["Credit_Flag"] == "CR", -amount), pd.Series("actual", file.index)
    return pd.DataFrame({"fund": file["Fund_Code"], "kind": kind, "amount": amount})


@pytest.mark.parametrize("feed", FEEDS)
def test_every_line_is_landed_or_quarantined_with_a_reason(landed: Landed, feed: str) -> None:
    engine, results = landed
    of_file = [result for result in results.values() if result.file_name == FEEDS[feed][0]]
    assert sum(result.rows_read for result in of_file) == len(lines(feed)) == FEEDS[feed][1]
    assert all(result.landed + result.quarantined == result.rows_read for result in of_file)
    reasons = frame(engine, f"select line, reason from ops.quarantine where file_name = '{FEEDS[feed][0]}'")
    assert len(reasons) == sum(result.quarantined for result in of_file)
    assert (reasons["reason"].str.len() > 5).all()


@pytest.mark.parametrize("feed", FEEDS)
def test_every_fund_agrees_to_the_cent(landed: Landed, feed: str) -> None:
    found = frame(
        landed[0],
        "select fund, entry_kind as kind, sum(amount) as amount, count(*) as lines from landing.finance_ledger_line"
        f" where _feed in ('alaska.{feed}', 'alaska.{feed.replace('_ledger', '_budget')}')"
        " group by fund, entry_kind order by fund, entry_kind",
    )
    by_hand = expected(feed).groupby(["fund", "kind"])["amount"].agg(["sum", "count"]).reset_index()
    assert found.values.tolist() == by_hand.sort_values(["fund", "kind"]).values.tolist()


def test_what_each_ledger_comes_to(landed: Landed) -> None:
    """Figures worked out once from the files, so that the two computations cannot go wrong together."""
    totals = frame(
        landed[0],
        "select _feed as feed, entry_kind as kind, sum(amount) as amount"
        " from landing.finance_ledger_line group by 1, 2",
    )
    found = {(str(row.feed).removeprefix("alaska."), row.kind): row.amount for row in totals.itertuples()}
    assert found["aleutian_ledger", "actual"] == Decimal("1939316.62")
    assert found["copper_river_ledger", "actual"] == Decimal("9479720.61")
    assert found["copper_river_ledger", "encumbrance"] == Decimal("464039.96")
    assert found["cordova_budget", "budget"] == Decimal("7263476.39")
    assert found["cordova_ledger", "encumbrance"] == Decimal("75395.78")
    assert found["kake_ledger", "actual"] == Decimal("4220435.13")


def test_no_name_of_a_person_or_vendor_is_in_the_warehouse(landed: Landed) -> None:
    """Looked for as a thief would: every text of the tables that the files went into."""
    kept = frame(
        landed[0],
        "select l::text as kept from landing.finance_ledger_line l union all select q::text from ops.quarantine q",
    )["kept"]
    everything = "\n".join(kept).lower()
    vendors = set(lines("cordova_ledger")["Vendor_Name"]) | set(lines("copper_river_ledger")["Vendor_Name"])
    people = set(lines("kake_ledger")["Description"]) | set(lines("cordova_ledger")["Received_From"])
    names = {name.lower() for name in vendors | people if len(name) > 8 and name.lower() != "bank transaction entry"}
    assert len(names) > 900
    assert [name for name in names if name in everything] == []
    assert frame(landed[0], "select count(*) as n from ops.source_file_part")["n"].item() == 0


def test_a_second_night_changes_nothing(landed: Landed) -> None:
    engine, _ = landed
    for feed in load_district(ROOT / "tests" / "districts" / "alaska").feeds:
        for delivery in deliveries(feed, None, None, Path()):
            again = load_file(engine, feed, delivery, AS_OF + dt.timedelta(days=1))
            assert (again.status, again.landed) == ("already_loaded", 0)
