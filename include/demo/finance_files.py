"""The finance system's exports: accounts, budgets, transfers, ledgers, commitments."""

import numpy as np

from include.demo.finance import Chart, Commitments, Transfers
from include.demo.ledger import Lines
from include.demo.services import SERVICES
from include.demo.vocabulary import SCHOOLS
from include.demo.writers import DirtyRow, Writer, dates, frame, money


def accounts(writer: Writer, chart: Chart) -> None:
    """The chart of accounts."""
    names = [*(school.name for school in SCHOOLS), "Central Office"]
    services = [SERVICES[index] for index in chart.service.tolist()]
    table = frame(
        {
            "Account": chart.code(),
            "Fund": [service.fund for service in services],
            "Function": [service.function for service in services],
            "Object": [service.object_ for service in services],
            "Program": ["000"] * len(chart),
            "Location": chart.location_code(),
            "Service": [service.name for service in services],
            "Description": [
                f"{service.name.replace('_', ' ').capitalize()}, {names[place]}"
                for service, place in zip(services, chart.location.tolist(), strict=True)
            ],
        }
    )
    writer.csv("finance.account", "finance/accounts.csv", table)


def budgets(writer: Writer, chart: Chart, adopted: dict[int, np.ndarray], as_of: np.datetime64) -> None:
    """Adopted budgets of every fiscal year; amounts with thousands separators."""
    parts = []
    for year, cents in adopted.items():
        posted = np.datetime64(f"{year - 1}-06-18")
        if posted > as_of:
            continue
        size = len(chart)
        parts.append((chart.code(), np.full(size, f"FY{year}", object), np.full(size, "ADOPTED", object),
                      money(cents, thousands=True), dates(np.full(size, posted), "us")))  # fmt: skip
    names = ("Account", "Fiscal Year", "Version", "Amount", "Posted")
    columns = [np.concatenate(values) for values in zip(*parts, strict=True)]
    writer.csv("finance.budget_line", "finance/budget.csv", frame(dict(zip(names, columns, strict=True))))


def transfers(writer: Writer, chart: Chart, moved: dict[int, Transfers], as_of: np.datetime64) -> None:
    """Transfers of every fiscal year."""
    parts = []
    for year, drawn in moved.items():
        kept = drawn.posted <= as_of
        number = [f"BT{year}-{value:03d}" for value in drawn.number[kept].tolist()]
        parts.append((np.array(number, dtype=object), chart.code()[drawn.account[kept]],
                      np.full(len(number), f"FY{year}", object), money(drawn.cents[kept], thousands=True),
                      dates(drawn.posted[kept], "us")))  # fmt: skip
    names = ("Transfer", "Account", "Fiscal Year", "Amount", "Posted")
    columns = [np.concatenate(values) for values in zip(*parts, strict=True)]
    writer.csv("finance.budget_transfer", "finance/transfers.csv", frame(dict(zip(names, columns, strict=True))))


def ledger(writer: Writer, chart: Chart, drawn: Lines, year: int, as_of: np.datetime64, spoiled: bool) -> None:
    """Ledger lines of one fiscal year in debit and credit columns. spoiled: plant a spreadsheet error."""
    kept = drawn.posted <= as_of
    if not kept.any():
        return
    cents = drawn.cents[kept]
    table = frame(
        {
            "Account": chart.code()[drawn.account[kept]],
            "FY": np.full(len(cents), str(year), dtype=object),
            "Post Date": dates(drawn.posted[kept], "us"),
            "Source": drawn.journal[kept],
            "Reference": drawn.reference[kept],
            "Debit": np.where(cents >= 0, money(cents, thousands=True), ""),
            "Credit": np.where(cents < 0, money(-cents, thousands=True), ""),
        }
    )
    dirty = []
    if spoiled:
        cells = list(table.iloc[0])
        cells[5], cells[6] = "#VALUE!", ""
        why = "What a spreadsheet leaves where a formula failed."
        dirty.append(DirtyRow(min(120, len(table)), tuple(cells), "Debit", "amount", "#VALUE!", why))
    writer.csv("finance.ledger_line", f"finance/ledger_FY{year}.csv", table, dirty=dirty)


def encumbrances(writer: Writer, chart: Chart, drawn: Commitments, year: int) -> None:
    """Purchase orders that are open today."""
    if not len(drawn.number):
        return
    table = frame(
        {
            "PO": [f"PO{year}-{value:05d}" for value in drawn.number.tolist()],
            "Account": chart.code()[drawn.account],
            "FY": [str(year)] * len(drawn.number),
            "Open Amount": money(drawn.cents, thousands=True),
            "PO Date": dates(drawn.posted, "us"),
        }
    )
    writer.csv("finance.encumbrance", "finance/encumbrances.csv", table)
