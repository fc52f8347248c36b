"""Small tables worked by hand."""

import pandas as pd

from include.privacy.policy import Policy
from include.privacy.tables import Dimension, Split, Sum, Table

POLICY = Policy()
RACE = Dimension("subgroup", top="all", sums=(Sum("all", ("a", "b", "c")),))
SCHOOL = Dimension("org", top="district", sums=(Sum("district", ("s1", "s2", "s3")),))
PROGRAMME = Dimension("subgroup", top="all", splits=(Split("all", "el"),))


def row_of(*values: int, total: int | None = None) -> Table:
    """Students of three groups and all of them."""
    groups = dict(zip(("a", "b", "c"), values, strict=True))
    groups["all"] = sum(values) if total is None else total
    return Table(pd.DataFrame({"subgroup": groups.keys(), "students": groups.values()}), (RACE,), ("students",))


def grid_of(cells: dict[tuple[str, str], int]) -> Table:
    """Students by school and group, with the totals of both worked out."""
    frame = pd.DataFrame(
        [(org, group, value) for (org, group), value in cells.items()], columns=["org", "subgroup", "students"]
    )
    by_org = frame.groupby("org", as_index=False)["students"].sum().assign(subgroup="all")
    frame = pd.concat([frame, by_org])
    by_group = frame.groupby("subgroup", as_index=False)["students"].sum().assign(org="district")
    return Table(pd.concat([frame, by_group], ignore_index=True), (SCHOOL, RACE), ("students",))


def shares(*rows: tuple[str, int, int], name: str = "chronic") -> Table:
    """A numerator of a denominator for some codes without any sum."""
    frame = pd.DataFrame(rows, columns=["org", "students", name])
    return Table(frame, (Dimension("org"),), ("students", name))
