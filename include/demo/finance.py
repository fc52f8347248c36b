"""The chart of accounts, budgets, transfers and commitments, in whole cents."""

from dataclasses import dataclass

import numpy as np

from include.demo.layout import Layout
from include.demo.positions import KINDS, Positions
from include.demo.services import BENEFIT_SERVICES, OTHER_SERVICES, SALARY_SERVICES, SERVICES

RAISE = 0.028
# Transfers a year: one for so many accounts, and at least so many.
ACCOUNTS_PER_TRANSFER, FEWEST_TRANSFERS = 24, 24
# What schools and departments ask for before the budget is adopted, over what they get.
ASKED = 0.06
PROGRAM = "000"


@dataclass
class Chart:
    """One entry per account: service indexes SERVICES, location indexes layout.offices."""

    layout: Layout
    service: np.ndarray
    location: np.ndarray

    def __len__(self) -> int:
        return len(self.service)

    def location_code(self) -> np.ndarray:
        """The location segment: the school's identifier, or the central office's."""
        return self.layout.offices[self.location]

    def code(self) -> np.ndarray:
        """fund.function.object.program.location, as 01.2305.51100.000.0101."""
        parts = zip(self.service.tolist(), self.location_code().tolist(), strict=True)
        return np.array(
            [
                f"{SERVICES[service].fund}.{SERVICES[service].function}.{SERVICES[service].object_}.{PROGRAM}.{place}"
                for service, place in parts
            ],
            dtype=object,
        )

    def is_salary(self) -> np.ndarray:
        """Which accounts hold salaries or benefits."""
        return self.service < len(SALARY_SERVICES) + len(BENEFIT_SERVICES)


def chart(places: Positions) -> Chart:
    """Accounts for every service at every location that has it."""
    names = [service.name for service in SERVICES]
    central = len(places.layout)
    kinds = np.array([names.index(kind.service) for kind in KINDS])
    pairs = {(int(kinds[kind]), int(school)) for kind, school in zip(places.kind, places.school, strict=True)}
    locations = {school for _, school in pairs}
    for index, service in enumerate(SERVICES):
        if service in BENEFIT_SERVICES:
            pairs |= {(index, school) for school in locations}
        elif service in OTHER_SERVICES:
            pairs |= {(index, central)} if service.is_central else {(index, s) for s in range(central)}
    held, at = (np.array(values) for values in zip(*sorted(pairs), strict=True))
    return Chart(places.layout, held, at)


def adopted(
    rng: np.random.Generator, accounts: Chart, places: Positions, pupils: np.ndarray, year: int, first: int
) -> np.ndarray:
    """The adopted budget of a fiscal year by account, in cents.

    Salaries follow the positions budgeted on July 1, benefits the salaries of the location, and the rest
    the pupils. pupils: by school index.
    """
    begins = np.datetime64(f"{year - 1}-07-01")
    prices = (1 + RAISE) ** (year - first)
    live = (places.opened <= begins) & ~(places.closed < begins)
    names = [service.name for service in SERVICES]
    pay = np.array([kind.salary for kind in KINDS])[places.kind] * places.fte * live * prices
    service_of = np.array([names.index(kind.service) for kind in KINDS])[places.kind]
    table = np.zeros((len(SERVICES), len(places.layout) + 1))
    np.add.at(table, (service_of, places.school), pay)
    salaries = table.sum(axis=0)
    for index, service in enumerate(SERVICES):
        if service in BENEFIT_SERVICES:
            table[index] = salaries * service.share
        elif service in OTHER_SERVICES:
            table[index, :-1] = pupils * service.share * prices
            table[index, -1] = pupils.sum() * service.share * prices
    amount = table[accounts.service, accounts.location]
    amount *= np.where(accounts.is_salary(), 1, rng.uniform(0.9, 1.1, len(accounts)))
    # Budgets are adopted in whole tens of dollars.
    return (amount / 10).round().astype(np.int64) * 1000


def proposed(rng: np.random.Generator, accounts: Chart, budget: np.ndarray) -> np.ndarray:
    """The proposal that the budget was cut from: more of everything but salaries and benefits."""
    more = np.where(accounts.is_salary(), 0, rng.uniform(0, ASKED, len(accounts)))
    return (budget * (1 + more) / 1000).round().astype(np.int64) * 1000


@dataclass
class Transfers:
    """One entry per account touched: number of the transfer, account index, cents, posting day."""

    number: np.ndarray
    account: np.ndarray
    cents: np.ndarray
    posted: np.ndarray


def transfers(rng: np.random.Generator, accounts: Chart, budget: np.ndarray, year: int) -> Transfers:
    """Money moved between accounts that are not salaries; every transfer adds up to zero."""
    free = np.flatnonzero(~accounts.is_salary() & (budget > 0))
    count = max(FEWEST_TRANSFERS, len(accounts) // ACCOUNTS_PER_TRANSFER)
    rows: list[tuple[int, int, int, np.datetime64]] = []
    for number in range(1, count + 1):
        giver, *takers = rng.choice(free, int(rng.integers(2, 4)), replace=False).tolist()
        day = np.datetime64(f"{year - 1}-08-15") + int(rng.integers(0, 290)) * np.timedelta64(1, "D")
        parts = [int(budget[giver] * rng.uniform(0.01, 0.05)) for _ in takers]
        rows.append((number, giver, -sum(parts), day))
        rows += [(number, taker, cents, day) for taker, cents in zip(takers, parts, strict=True)]
    number_, account, cents, posted = (np.array(values) for values in zip(*rows, strict=True))
    return Transfers(number_, account, cents, posted)


def revised(budget: np.ndarray, moved: Transfers, on: np.datetime64) -> np.ndarray:
    """The budget with what was transferred before the day."""
    cents = budget.copy()
    before = moved.posted < on
    np.add.at(cents, moved.account[before], moved.cents[before])
    return cents


@dataclass
class Commitments:
    """One entry per purchase order that is open on the day: number, account, cents, posting day."""

    number: np.ndarray
    account: np.ndarray
    cents: np.ndarray
    posted: np.ndarray


def commitments(
    rng: np.random.Generator, accounts: Chart, budget: np.ndarray, year: int, as_of: np.datetime64
) -> Commitments:
    """Purchase orders of the fiscal year that are open on `as_of`: posted before it, not closed yet."""
    free = np.flatnonzero(~accounts.is_salary())
    account = np.repeat(free, 6)
    size = len(account)
    day = np.timedelta64(1, "D")
    posted = np.datetime64(f"{year - 1}-07-05") + rng.integers(0, 340, size) * day
    closed = posted + rng.integers(20, 120, size) * day
    cents = (budget[account] * rng.uniform(0.004, 0.03, size)).astype(np.int64)
    number = np.arange(1, size + 1)
    open_ = (posted <= as_of) & (closed > as_of) & (cents > 0)
    return Commitments(number[open_], account[open_], cents[open_], posted[open_])
