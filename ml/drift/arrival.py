"""Did the feeds that features are made of come in at all?"""

import datetime as dt

from sqlalchemy import Connection

from include.districts import load_district
from include.landing.failures import incomplete_contracts
from ml.drift.checks import BLOCK, PASS, Check

# Features and cohort come from students' records and programmes; staff and money do not matter to a list.
DOMAINS = ("sis.", "programs.")


def missing_feeds(connection: Connection, as_of: dt.date) -> list[Check]:
    """One check: how many contracts lack a feed as of a day; any one blocks, since a list would rest on half."""
    missing = incomplete_contracts(connection, load_district(), as_of)
    reasons = [reason for contract, reason in sorted(missing.items()) if contract.startswith(DOMAINS)]
    verdict = BLOCK if reasons else PASS
    return [Check("feed", "arrival", "", float(len(reasons)), 0.0, verdict, "; ".join(reasons) or "every feed is in")]
