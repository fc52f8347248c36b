"""The finance system's exports: accounts, budgets, transfers, ledgers, commitments."""

from dataclasses import dataclass

import numpy as np

from include.demo.finance import Chart, Commitments, Transfers, proposed, revised
from include.demo.formula import GROUPS, LINES, Allocation
from include.demo.layout import Layout
from include.demo.ledger import Lines
from include.demo.payroll import Pay
from include.demo.services import SERVICES
from include.demo.staff import Workforce
from include.demo.writers import Writer, dates, frame, money


def accounts(writer: Writer, chart: Chart) -> None:
    """The chart of accounts."""
    names = [*(school.name for school in chart.layout.schools), "Central Office"]
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


@dataclass(frozen=True)
class Version:
    """One version of a fiscal year's budget: cents by account."""

    year: int
    name: str
    posted: np.datetime64
    cents: np.ndarray


def versions(rng: np.random.Generator, chart: Chart, adopted: np.ndarray, moved: Transfers, year: int) -> list[Version]:
    """The budget of a fiscal year as it was proposed in spring, adopted in June and revised in February."""
    proposed_on, adopted_on = np.datetime64(f"{year - 1}-04-09"), np.datetime64(f"{year - 1}-06-18")
    revised_on = np.datetime64(f"{year}-02-03")
    return [
        Version(year, "PROPOSED", proposed_on, proposed(rng, chart, adopted)),
        Version(year, "ADOPTED", adopted_on, adopted),
        Version(year, "REVISED", revised_on, revised(adopted, moved, revised_on)),
    ]


def budgets(writer: Writer, chart: Chart, known: list[Version], as_of: np.datetime64) -> None:
    """Every version of every fiscal year's budget; amounts with thousands separators."""
    parts = []
    code = chart.code()
    for version in known:
        if version.posted > as_of:
            continue
        held = np.flatnonzero(version.cents)
        size = len(held)
        amount, posted = money(version.cents[held], thousands=True), dates(np.full(size, version.posted), "us")
        parts.append((code[held], np.full(size, f"FY{version.year}", object), np.full(size, version.name, object),
                      amount, posted))  # fmt: skip
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


def ledger(writer: Writer, chart: Chart, drawn: Lines, year: int, as_of: np.datetime64) -> None:
    """Ledger lines of one fiscal year in debit and credit columns."""
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
    writer.csv("finance.ledger_line", f"finance/ledger_FY{year}.csv", table)


def payroll(writer: Writer, chart: Chart, staff: Workforce, paid: Pay, as_of: np.datetime64) -> None:
    """What everybody was paid in one fiscal year, up to the day; a correction names no full-time equivalents."""
    kept = paid.posted() <= as_of
    if not kept.any():
        return
    fte = np.array(["", *(f"{tenths / 10:.2f}" for tenths in range(1, 21))], dtype=object)
    table = frame(
        {
            "Emp ID": staff.identifier()[paid.person[kept]],
            "Position No": staff.places.identifier()[paid.position[kept]],
            "Account": chart.code()[paid.account[kept]],
            "FY": np.full(int(kept.sum()), str(paid.year), dtype=object),
            "Pay Run": paid.pay_run()[kept],
            "Period End": dates(paid.period_ends()[kept], "us"),
            "FTE": fte[paid.fte[kept]],
            "Gross": money(paid.cents[kept]),
            "Pay Date": dates(paid.posted()[kept], "us"),
        }
    )
    writer.csv("finance.payroll_line", f"finance/payroll_FY{paid.year}.csv.gz", table)


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


def formula(writer: Writer, layout: Layout, made: list[Allocation], as_of: np.datetime64) -> None:
    """What the funding formula counted and what it gave, by school and fiscal year, before the year begins."""
    inputs, allocations = [], []
    for allocation in made:
        year = allocation.year
        if np.datetime64(f"{year - 1}-04-02") > as_of:
            continue
        for school in np.flatnonzero(allocation.is_open).tolist():
            key = (layout.ids[school], f"FY{year}")
            counted = zip(GROUPS, allocation.students[school].tolist(), strict=True)
            inputs += [(*key, group, str(students), f"02/20/{year - 1}") for group, students in counted]
            given = zip(LINES, money(allocation.cents[school], thousands=True), strict=True)
            allocations += [(*key, line, amount, f"04/02/{year - 1}") for line, amount in given]
    names = ("School", "Fiscal Year", "Student Group", "Projected", "Posted")
    table = frame(dict(zip(names, zip(*inputs, strict=True), strict=True)))
    writer.csv("finance.formula_input", "finance/formula_inputs.csv", table)
    names = ("School", "Fiscal Year", "Line", "Amount", "Posted")
    table = frame(dict(zip(names, zip(*allocations, strict=True), strict=True)))
    writer.csv("finance.school_allocation", "finance/allocations.csv", table)
