"""Keep what the next release of a part must know: every cell that was ever decided, with its true count.

It lies in the schema `withheld`, which no reader of reporting may enter.
"""

import io
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sqlalchemy import Connection, insert, select

from include.privacy.figures import Protected
from include.privacy.release import Release
from include.privacy.suppress import Decision, Percentages
from include.privacy.tables import LinkedTables
from include.release.parts import Name
from models.withheld import part

CELLS = ("name", "value", "is_asked", "whole", "count")
DECISION = ("is_shown", "is_sensitive", "is_coded", "is_exposed", "is_known", "need")


@dataclass(frozen=True)
class Kept:
    """What is kept of a part. fingerprint: of what it was made of; release_id: of the release that it came with."""

    release_id: int
    fingerprint: str
    state: Protected


def keep(
    connection: Connection, name: Name, release_id: int, fingerprint: str, state: Protected, asked: str | None = None
) -> None:
    """Add the state after a release, or after the answer to a question beside it, which `asked` says."""
    row = {
        "subject": name.subject,
        "school_year": name.school_year,
        "release_id": release_id,
        "fingerprint": fingerprint,
        "asked": asked,
        "content": _packed(state),
    }
    connection.execute(insert(part), [row])


def newest(connection: Connection, name: Name, is_release: bool = True, before: int | None = None) -> Kept | None:
    """The newest state of a part, None where there is none.

    is_release: of releases only, not of answers to questions. before: of releases earlier than this one only.
    """
    rows = select(part.c.release_id, part.c.fingerprint, part.c.content).where(
        part.c.subject == name.subject, part.c.school_year == name.school_year
    )
    if is_release:
        rows = rows.where(part.c.asked.is_(None))
    if before is not None:
        rows = rows.where(part.c.release_id < before)
    found = connection.execute(rows.order_by(part.c.part_id.desc()).limit(1)).one_or_none()
    return None if found is None else Kept(found.release_id, found.fingerprint, _unpacked(found.content))


def _packed(state: Protected) -> bytes:
    cells, decision = state.known
    release = state.release
    arrays = {f"cell_{name}": _plain(cells.cells[name].to_numpy()) for name in CELLS}
    arrays |= {f"decision_{name}": getattr(decision, name) for name in DECISION}
    offered = decision.percentages
    arrays |= {"share_low": offered.low, "share_high": offered.high, "share_of": offered.of}
    arrays |= {"seen_names": _plain(release.names), "seen_is_asked": release.is_asked}
    arrays |= {"seen_low": release.low, "seen_high": release.high}
    for prefix, one, offsets in (
        ("cells", cells.relations, cells.offsets),
        ("seen", release.relations, release.offsets),
    ):
        arrays |= {f"{prefix}_data": one.data, f"{prefix}_indices": one.indices, f"{prefix}_indptr": one.indptr}
        arrays[f"{prefix}_offsets"] = offsets
    arrays["within"] = np.array(json.dumps(cells.within))
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **arrays)
    return packed.getvalue()


def _plain(values: np.ndarray) -> np.ndarray:
    return values.astype(str) if values.dtype == object else values


def _unpacked(content: bytes) -> Protected:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        columns = {name: arrays[f"cell_{name}"] for name in CELLS}
        cells = pd.DataFrame(
            {name: one.astype(object) if one.dtype.kind == "U" else one for name, one in columns.items()}
        )
        within = {count: tuple(wider) for count, wider in json.loads(str(arrays["within"])).items()}
        linked = LinkedTables(cells, _relations(arrays, "cells", len(cells)), arrays["cells_offsets"], within)
        offered = Percentages(arrays["share_low"], arrays["share_high"], arrays["share_of"])
        decision = Decision(**{name: arrays[f"decision_{name}"] for name in DECISION}, percentages=offered)
        seen = Release(
            names=arrays["seen_names"].astype(object),
            low=arrays["seen_low"],
            high=arrays["seen_high"],
            is_asked=arrays["seen_is_asked"],
            relations=_relations(arrays, "seen", len(arrays["seen_low"])),
            offsets=arrays["seen_offsets"],
        )
    exposed = tuple(str(name) for name in linked.names[decision.is_exposed])
    return Protected((), seen, exposed, (linked, decision))


def _relations(arrays: np.lib.npyio.NpzFile, prefix: str, width: int) -> sparse.csr_array:
    parts = tuple(arrays[f"{prefix}_{name}"] for name in ("data", "indices", "indptr"))
    return sparse.csr_array(parts, shape=(len(parts[2]) - 1, width))
