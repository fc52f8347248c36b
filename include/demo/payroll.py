"""Payroll by person, position and pay run, in whole cents, and where it does not agree with anything else."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from include.demo.finance import RAISE, Chart
from include.demo.leave import KINDS as LEAVE_KINDS
from include.demo.leave import Leaves
from include.demo.ledger import Lines
from include.demo.positions import KINDS
from include.demo.services import BENEFIT_SERVICES, SERVICES
from include.demo.staff import DAY, Workforce

RUNS = 24
# Years whose payroll is exported line by line; the ledger of the others holds the sums alone.
EXPORTED_YEARS = 2
# Thousandths of the budgeted salary: on hire, more for each year of service, and up to so many years.
FIRST_STEP, STEP, LAST_STEP = 900, 10, 18
CORRECTED = 0.001
# Planted, in the last fiscal year that is over.
WRONG_ACCOUNT_RUNS = range(5, 11)
ABOVE_FTE_RUNS = range(9, 15)
ABOVE_FTE_TENTHS = 12
AFTER_LEAVING_RUN = 1
LEDGER_RUN, LEDGER_ERROR = 16, 180_000

COLUMNS = ("person", "position", "account", "run", "fte", "cents", "is_correction")


@dataclass
class Pay:
    """One entry per person, position, account and pay run; runs count from 1, account indexes the chart.

    cents: gross. fte: in tenths, 0 for a correction. is_correction: of an earlier line, in a run of its own.
    known: what was planted, with indexes instead of identifiers.
    """

    year: int
    person: np.ndarray
    position: np.ndarray
    account: np.ndarray
    run: np.ndarray
    fte: np.ndarray
    cents: np.ndarray
    is_correction: np.ndarray
    known: list[dict[str, Any]] = field(default_factory=list)

    def pay_run(self) -> np.ndarray:
        """Identifier of each line's pay run: FY2025-07, and FY2025-07C for its corrections."""
        names = np.array([[f"FY{self.year}-{run:02d}{end}" for end in ("", "C")] for run in range(RUNS + 1)], object)
        return names[self.run, self.is_correction.astype(int)]

    def period_ends(self) -> np.ndarray:
        """Last day of each line's pay period."""
        return periods(self.year)[1][self.run - 1]

    def posted(self) -> np.ndarray:
        """Pay day: the last of the period; corrections are paid with the next run."""
        return periods(self.year)[1][np.minimum(self.run - 1 + self.is_correction, RUNS - 1)]


def periods(year: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last days of the semi-monthly pay periods of a fiscal year [RUNS]."""
    months = np.arange(f"{year - 1}-07", f"{year}-07", dtype="datetime64[M]")
    first = months.astype("datetime64[D]")
    last = (months + 1).astype("datetime64[D]") - DAY
    begins = np.column_stack([first, first + 15 * DAY]).ravel()
    return begins, np.column_stack([first + 14 * DAY, last]).ravel()


def _overlap(begins: np.ndarray, ends: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Days that spells share with periods [spells, periods]."""
    until = np.minimum(np.where(np.isnat(ends), last[-1], ends)[:, None], last[None, :])
    return np.maximum((until - np.maximum(begins[:, None], first[None, :])).astype(int) + 1, 0)


def pay(rng: np.random.Generator, staff: Workforce, leaves: Leaves, accounts: Chart, year: int, first_year: int) -> Pay:
    """What everybody was paid in a fiscal year: by position, years of service, and days in post."""
    places = staff.places
    person, position = np.array(staff.person), np.array(staff.position)
    begins, ends = np.array(staff.begins), np.array(staff.ends)
    first, last = periods(year)
    days = _overlap(begins, ends, first, last)
    for leave in np.flatnonzero(leaves.kind == LEAVE_KINDS.index("unpaid")).tolist():
        own = np.flatnonzero(person == leaves.person[leave])
        from_ = np.maximum(begins[own], leaves.begins[leave])
        to = np.where(np.isnat(ends[own]), leaves.ends[leave], np.minimum(ends[own], leaves.ends[leave]))
        days[own] -= _overlap(from_, to, first, last)
    row, run = np.nonzero(days)
    hired = np.array(staff.hired)[person].astype("datetime64[Y]").astype(int) + 1970
    step = FIRST_STEP + STEP * np.clip(year - 1 - hired, 0, LAST_STEP)
    salary = np.array([kind.salary for kind in KINDS])[places.kind[position]]
    tenths = (places.fte[position] * 10).round().astype(int)
    price = round((1 + RAISE) ** (year - first_year) * 10_000)
    full = salary * 100 * tenths * step // 10_000 * price // 10_000 // RUNS
    length = (last - first).astype(int) + 1
    cents = full[row] * days[row, run] // length[run]
    paid = Pay(year, person[row], position[row], _account_of(staff, accounts)[position[row]], run + 1, tenths[row],
               cents, np.zeros(len(row), bool))  # fmt: skip
    corrections = _taken(paid, np.sort(rng.choice(len(row), round(CORRECTED * len(row)), replace=False)))
    corrections.cents = -(corrections.cents // 10)
    corrections.fte[:] = 0
    corrections.is_correction[:] = True
    return _joined(paid, corrections)


def _taken(paid: Pay, rows: np.ndarray) -> Pay:
    """Copies of some lines."""
    return Pay(paid.year, *(getattr(paid, name)[rows] for name in COLUMNS))


def _joined(one: Pay, other: Pay) -> Pay:
    """The lines of both, as those of the first one's year."""
    columns: Any = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in COLUMNS}
    return replace(one, **columns)


def _account_of(staff: Workforce, accounts: Chart) -> np.ndarray:
    """Index of the account that pays for each position."""
    names = [service.name for service in SERVICES]
    places = len(accounts.layout) + 1
    at = np.full(len(SERVICES) * places, -1)
    at[accounts.service * places + accounts.location] = np.arange(len(accounts))
    service = np.array([names.index(kind.service) for kind in KINDS])[staff.places.kind]
    return at[service * places + staff.places.school]


def plant(paid: Pay, before: Pay | None, staff: Workforce, accounts: Chart) -> Pay:
    """Plant what an auditor should find in the payroll; `before` is that of the year before."""
    _plant_in_positions(paid, staff, accounts)
    return paid if before is None else _plant_after_leaving(paid, before, staff)


def _plant_in_positions(paid: Pay, staff: Workforce, accounts: Chart) -> None:
    """Plant somebody paid from a wrong account, and a position paid above its full-time equivalents."""
    ordinary = ~paid.is_correction
    corrected = np.unique(paid.person[~ordinary])
    runs = np.bincount(paid.person[ordinary], minlength=len(staff.race))
    # Paid 24 times: in one position all year, on no leave and never corrected.
    steady = np.flatnonzero((runs == RUNS) & ~np.isin(np.arange(len(runs)), corrected))
    teaches = np.array([kind.service == "classroom_teachers" for kind in KINDS])[staff.places.kind]
    first = np.unique(paid.person, return_index=True)
    position = dict(zip(first[0].tolist(), paid.position[first[1]].tolist(), strict=True))
    settled = [who for who in steady.tolist() if teaches[position[who]]]
    misposted, overpaid = settled[0], settled[-1]

    rows = np.flatnonzero((paid.person == misposted) & np.isin(paid.run, WRONG_ACCOUNT_RUNS))
    right = int(paid.account[rows[0]])
    same = (accounts.service == accounts.service[right]) & (accounts.location != accounts.location[right])
    wrong = int(np.intersect1d(np.flatnonzero(same), paid.account)[0])
    paid.account[rows] = wrong
    paid.known.append(
        {"kind": "wrong_account", "person": misposted, "position": position[misposted], "runs": paid.run[rows].tolist(),
         "account": wrong, "account_of_position": right, "cents": int(paid.cents[rows].sum())}
    )  # fmt: skip

    rows = np.flatnonzero((paid.person == overpaid) & np.isin(paid.run, ABOVE_FTE_RUNS))
    before = int(paid.cents[rows].sum())
    paid.cents[rows] = paid.cents[rows] * ABOVE_FTE_TENTHS // paid.fte[rows]
    paid.fte[rows] = ABOVE_FTE_TENTHS
    paid.known.append(
        {"kind": "above_fte", "person": overpaid, "position": position[overpaid], "runs": paid.run[rows].tolist(),
         "account": int(paid.account[rows[0]]), "fte": ABOVE_FTE_TENTHS / 10, "budgeted_fte": 1.0,
         "cents": int(paid.cents[rows].sum()) - before}
    )  # fmt: skip


def _plant_after_leaving(paid: Pay, before: Pay, staff: Workforce) -> Pay:
    """Plant one more run for somebody whose last day was that of the fiscal year `before`."""
    last = np.datetime64(f"{before.year}-06-30")
    gone = [person for person, (day, _) in staff.left.items() if day == last]
    rows = np.flatnonzero(np.isin(before.person, gone) & (before.run == RUNS) & ~before.is_correction)[:1]
    if not len(rows):
        return paid
    one = _taken(before, rows)
    one.run[:] = AFTER_LEAVING_RUN
    paid = _joined(paid, one)
    paid.known.append(
        {"kind": "after_leaving", "person": int(one.person[0]), "position": int(one.position[0]),
         "runs": [AFTER_LEAVING_RUN], "account": int(one.account[0]), "cents": int(one.cents[0]), "last_day": str(last)}
    )  # fmt: skip
    return paid


def plant_in_ledger(paid: Pay, drawn: Lines, accounts: Chart) -> None:
    """Plant one payroll line of the ledger that says more than payroll does."""
    reference = f"FY{paid.year}-{LEDGER_RUN:02d}"
    leaders = [name for name, service in enumerate(SERVICES) if service.name == "school_leadership"]
    rows = np.flatnonzero((drawn.reference == reference) & np.isin(accounts.service[drawn.account], leaders))
    drawn.cents[rows[0]] += LEDGER_ERROR
    paid.known.append(
        {"kind": "ledger_differs", "account": int(drawn.account[rows[0]]), "runs": [LEDGER_RUN],
         "month": str(drawn.posted[rows[0]])[:7], "cents": LEDGER_ERROR}
    )  # fmt: skip


def lines(paid: Pay, accounts: Chart) -> Lines:
    """The ledger's lines of a payroll: one for each account and pay run, and the benefits that go with it."""
    size = len(accounts)
    key = (paid.run * 2 + paid.is_correction) * size + paid.account
    keys, inverse = np.unique(key, return_inverse=True)
    cents = np.zeros(len(keys), np.int64)
    np.add.at(cents, inverse, paid.cents)
    slot, account = np.divmod(keys, size)

    places = len(accounts.layout) + 1
    at = np.full(len(SERVICES) * places, -1)
    at[accounts.service * places + accounts.location] = np.arange(size)
    groups, inverse = np.unique(slot * places + accounts.location[account], return_inverse=True)
    salaries = np.zeros(len(groups), np.int64)
    np.add.at(salaries, inverse, cents)
    slots, location = np.divmod(groups, places)
    shares = [(index, round(SERVICES[index].share * 1000)) for index, service in enumerate(SERVICES)
              if service in BENEFIT_SERVICES]  # fmt: skip
    account = np.concatenate([account, *(at[index * places + location] for index, _ in shares)])
    cents = np.concatenate([cents, *(salaries * share // 1000 for _, share in shares)])
    slot = np.concatenate([slot, *(slots for _ in shares)])
    held = Pay(paid.year, account, account, account, slot // 2, cents, cents, slot % 2 == 1)
    kept = cents != 0
    journal = np.full(len(cents), "PR", object)
    return Lines(account[kept], cents[kept], held.posted()[kept], journal[kept], held.pay_run()[kept])


def truth(paid: Pay, staff: Workforce, accounts: Chart) -> list[dict[str, Any]]:
    """What was planted, with the identifiers that the files have."""
    names = {"person": ("staff_id", staff.identifier()), "position": ("position_id", staff.places.identifier()),
             "account": ("account", accounts.code()),
             "account_of_position": ("account_of_position", accounts.code())}  # fmt: skip
    told = []
    for entry in paid.known:
        said = {names[key][0]: names[key][1][value] for key, value in entry.items() if key in names}
        rest = {key: value for key, value in entry.items() if key not in names and key != "runs"}
        runs = [f"FY{paid.year}-{run:02d}" for run in entry["runs"]]
        told.append({**rest, **said, "fiscal_year": paid.year, "pay_runs": runs})
    return told
