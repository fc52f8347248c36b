"""How the columns of a mart are the dimensions of its counts: codes, totals and their parts, programmes."""

from collections.abc import Mapping, Sequence

import pandas as pd

from include.privacy.tables import Dimension, Split, Sum, Table

DISTRICT, EVERYONE = "district", "all"
# A kind of group that is a dimension of its own, and the word that marts use for everyone.
OF_KIND = {"race": "race", "sex": "sex", "grade": "grade", "program": "programme", "home_language": "home language"}
TOPS = {"all_students", "all_staff", "all_groups", "all"}
# Students may be in several programmes, or in none.
OVERLAPPING = "programme"


def coded(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The codes of each row, a column for each dimension; the same people have the same codes in every table."""
    codes: dict[str, pd.Series] = {}
    for key in keys:
        if key in ("org_kind", "subgroup_kind", "group_kind"):
            continue
        text = rows[key].astype(str)
        if key == "org_id":
            codes["org"] = org_code(rows["org_kind"], text)
        elif key == "school_id":
            codes["org"] = "school " + text
        elif key in ("subgroup", "group_name"):
            codes |= _of_groups(rows[f"{key.removesuffix('_name')}_kind"], text)
        elif key == "race_group":
            codes["race"] = _everyone(text)
        else:
            codes[key] = _everyone(text)
    return pd.DataFrame(codes, index=rows.index)


def org_code(kind: pd.Series, name: pd.Series) -> pd.Series:
    """A school and a network may have the same identifier."""
    return (kind + " " + name).where(kind != DISTRICT, DISTRICT)


def _everyone(text: pd.Series) -> pd.Series:
    return text.where(~text.isin(TOPS), EVERYONE)


def _of_groups(kind: pd.Series, text: pd.Series) -> dict[str, pd.Series]:
    codes = {}
    for one in sorted(set(kind) - {EVERYONE}):
        if one == "school":
            codes["org"] = ("school " + text).where(kind == one, DISTRICT)
        else:
            codes[OF_KIND[one]] = text.where(kind == one, EVERYONE)
    return codes


def dimensions(codes: pd.DataFrame, network_of: Mapping[str, str], is_partition: bool) -> tuple[Dimension, ...]:
    """The dimensions of a table with these codes.

    network_of: by code of a school, the code of its network in that year. is_partition: whether programmes are a
    partition, as of those who register, who apply for one of them.
    """
    made = []
    for name in codes.columns:
        found = sorted(set(codes[name]))
        if name == "org":
            made.append(Dimension(name, DISTRICT, _organisations(found, network_of)))
            continue
        leaves = tuple(code for code in found if code != EVERYONE)
        if EVERYONE not in found:
            made.append(Dimension(name))
        elif name == OVERLAPPING and not is_partition:
            made.append(Dimension(name, EVERYONE, splits=tuple(Split(EVERYONE, leaf) for leaf in leaves)))
        else:
            made.append(Dimension(name, EVERYONE, (Sum(EVERYONE, leaves, is_exact=False),)))
    return tuple(made)


def _organisations(found: Sequence[str], network_of: Mapping[str, str]) -> tuple[Sum, ...]:
    """Schools of networks, and networks and schools without one of the district."""
    schools = [code for code in found if code.startswith("school ")]
    parts: dict[str, list[str]] = {}
    for school in schools:
        parts.setdefault(network_of.get(school, DISTRICT), []).append(school)
    networks = sorted(set(parts) - {DISTRICT})
    sums = [Sum(network, tuple(parts[network]), is_exact=False) for network in networks]
    whole = (*networks, *parts.get(DISTRICT, ()))
    return (*sums, Sum(DISTRICT, whole, is_exact=False)) if whole else ()


def with_tops(codes: pd.DataFrame) -> Table:
    """The codes of rows, with the code for everyone of each dimension: enough to name what is counted."""
    made_of = (Dimension(name, DISTRICT if name == "org" else EVERYONE) for name in codes.columns)
    return Table(codes, tuple(made_of), ())
