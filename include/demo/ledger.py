"""General-ledger lines of a fiscal year, in whole cents."""

from dataclasses import dataclass

import numpy as np

from include.demo.finance import Chart

MONTHS = 12
# Purchases peak before the year begins and towards its end.
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


def purchases(rng: np.random.Generator, accounts: Chart, spendable: np.ndarray, year: int) -> Lines:
    """Draw the year's purchases, two invoices a month on any weekday, and a few reversals.

    spendable: budget and transfers by account. Two lines of the same vendor, day and amount stand in
    every year, because ledgers have such lines and both count.
    """
    months = np.arange(f"{year - 1}-07", f"{year}-07", dtype="datetime64[M]")
    held = np.flatnonzero(~accounts.is_salary())
    size = len(held)
    share = PURCHASE_SHARE * rng.uniform(0.6, 1.4, (size, MONTHS))
    pace = rng.normal(0.95, 0.06, size)
    monthly = (spendable[held] * pace)[:, None] * share * rng.uniform(0.985, 1.015, (size, MONTHS))
    cents = monthly.ravel().astype(np.int64)
    first = (cents * rng.uniform(0.3, 0.7, len(cents))).astype(np.int64)
    cents = np.concatenate([first, cents - first])
    account = np.tile(np.repeat(held, MONTHS), 2)
    month = np.tile(np.arange(MONTHS), 2 * size)
    within = rng.integers(2, 27, MONTHS * size).astype("timedelta64[D]")
    day = months[month].astype("datetime64[D]") + np.tile(within, 2)
    posted = np.busday_offset(day, 0, roll="forward")
    journal = np.full(len(cents), "AP", dtype=object)
    kept = cents > 0
    account, posted, cents, journal = account[kept], posted[kept], cents[kept], journal[kept]
    wrong = np.flatnonzero(rng.random(len(cents)) < REVERSED)
    twin = 0
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
    return Lines(account, cents, posted, journal, reference)


def together(*parts: Lines) -> Lines:
    """The lines of all parts in the order of their posting."""
    joined = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("account", "cents", "posted", "journal", "reference")
    ]
    order = np.lexsort((joined[1], joined[0], joined[2]))
    return Lines(*(column[order] for column in joined))
