"""Answer one more question beside a release."""

import pandas as pd

from include.privacy.figures import Protected, protect_release
from include.privacy.policy import Policy
from include.privacy.tables import Table


def answer(asked: Table, given: Protected, policy: Policy) -> tuple[pd.DataFrame, Protected]:
    """What may be printed of one more table where `given` has been.

    The table is protected as the release was; what the release shows stays shown, and what it withholds stays hidden
    with the answer beside it. Cells are recognised by their names, so the table must use the dimensions and counts of
    the release, and describe its sums where it does not hold the totals itself. Returns the rows, and all that is given
    now: the `given` of the next question, whoever asks it.
    """
    protected = protect_release([asked], policy, given)
    return protected.tables[0], protected
