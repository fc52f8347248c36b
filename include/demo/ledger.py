"""General-ledger lines of a fiscal year, in whole cents."""

from dataclasses import dataclass

import numpy as np

from include.demo.finance import Chart

MONTHS = 12
# Payroll is even but for the summer; purchases peak before the year begins and towards its end.
PAYROLL_SHARE = np.array([0.055, 0.06, 0.088, 0.088, 0.088, 0.088, 0.088, 0.088, 0.088, 0.088, 0.088, 0.093])
PURCHASE_SHARE = np.array([0.11, 0.13, 0.10, 0.08, 0.07, 0.06, 0.06, 0.06, 0.07, 0.08, 0.09, 0.09])
REVERSED = 0.006


@dataclass
class Lines:
    """One entry per line: account index, cents (credits negative), posting day, journal, reference."""

    account: np.ndarray
    cents: np.ndarray
    posted: np.ndarray
    journal: np.ndarray
    reference: np.ndarray


def lines(rng: np.random.Generator, accounts: Chart, spendable: np.ndarray, year: int) -> Lines:
    """Draw the year's lines: payroll at each month's end, purchases on any weekday, a few reversals.

    spendable: budget and transfers by account. Two lines of the same vendor, day and amount stand in
    every year, because ledgers have such lines and both count.
    """
    salary = accounts.is_salary()
    months = np.arange(f"{year - 1}-07", f"{year}-07", dtype="datetime64[M]")
    ends = (months + 1).astype("datetime64[D]") - np.timedelta64(1, "D")
    size = len(accounts)
    pace = rng.normal(np.where(salary, 0.985, 0.95), np.where(salary, 0.012, 0.06))
    share = np.where(salary[:, None], PAYROLL_SHARE, PURCHASE_SHARE * rng.uniform(0.6, 1.4, (size, MONTHS)))
    monthly = (spendable * pace)[:, None] * share * rng.uniform(0.985, 1.015, (size, MONTHS))
    account = np.repeat(np.arange(size), MONTHS)
    month = np.tile(np.arange(MONTHS), size)
    cents = monthly.ravel().astype(np.int64)
    is_purchase = ~salary[account]
    day = months[month].astype("datetime64[D]") + rng.integers(2, 27, len(account)).astype("timedelta64[D]")
    posted = np.where(is_purchase, np.busday_offset(day, 0, roll="forward"), ends[month])
    # A purchase month is two invoices.
    first = np.where(is_purchase, (cents * rng.uniform(0.3, 0.7, len(cents))).astype(np.int64), cents)
    again = np.flatnonzero(is_purchase)
    account = np.concatenate([account, account[again]])
    posted = np.concatenate([posted, posted[again]])
    cents = np.concatenate([first, (cents - first)[again]])
    journal = np.where(salary[account], "PR", "AP").astype(object)
    kept = cents > 0
    account, posted, cents, journal = account[kept], posted[kept], cents[kept], journal[kept]
    wrong = np.flatnonzero((journal == "AP") & (rng.random(len(cents)) < REVERSED))
    twin = int(np.flatnonzero(journal == "AP")[0])
    account = np.concatenate([account, account[wrong], account[[twin]]])
    posted = np.concatenate([posted, posted[wrong] + np.timedelta64(3, "D"), posted[[twin]]])
    cents = np.concatenate([cents, -cents[wrong], cents[[twin]]])
    journal = np.concatenate([journal, np.full(len(wrong), "JE", dtype=object), journal[[twin]]])
    number = rng.integers(10_000, 99_999, len(cents))
    number[-1] = number[twin]
    reference = np.array(
        [f"{kind}{year % 100}-{value}" for kind, value in zip(journal.tolist(), number.tolist(), strict=True)],
        dtype=object,
    )
    order = np.lexsort((cents, account, posted))
    return Lines(account[order], cents[order], posted[order], journal[order], reference[order])
