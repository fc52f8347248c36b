"""Make a release: read the marts, decide on what has changed, attack it, and swap it in if nothing was found."""

import datetime as dt
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy import Connection, insert, select, text

from include.errors import SchoolhouseError
from include.privacy.figures import Protected as State
from include.privacy.policy import Policy
from include.release import metrics, publish, state
from include.release.decide import Decided, decide
from include.release.parts import Part, read_parts
from include.release.released import PLAIN, PROTECTED
from include.release.spread import spread
from include.transform.dbt import defaults
from include.transform.dbt import policy as district_policy
from include.transform.lock import alone
from include.warehouse.engine import warehouse_engine
from models.ops import dbt_build
from models.ops import release as releases

RELEASE_LOCK = 0x5C4002

Say = Callable[[str], None]


class ReleaseError(SchoolhouseError):
    """Nothing was released: says why, and what stands instead."""


@dataclass(frozen=True)
class Released:
    """What a release did. is_new: false where the one that stands was made of the same build and declaration."""

    release_id: int
    as_of: dt.date
    is_new: bool
    decided: int
    parts: int
    cells: int
    withheld: int
    held_back: int
    seconds: float


def policy() -> Policy:
    """The thresholds of this district."""
    return Policy(min_cell=int({**defaults(), **district_policy()}["min_cell"]))


def is_due(as_of: dt.date) -> bool:
    """Whether a release of that day would be the first of its month.

    What changes from one release to the next tells something of those who came and went, so leaders get new figures
    once a month and not every night.
    """
    with warehouse_engine().connect() as connection:
        last = _last(connection)
    return last is None or (last.as_of.year, last.as_of.month) < (as_of.year, as_of.month)


def release(say: Say) -> Released:
    """Release the newest build of the marts; `say` is told of each step.

    The same build and declaration again change nothing, and a kill at any point leaves the release before. Raises
    ReleaseError where the attack finds a count, where another release is at work or where there are no marts.
    """
    begun, chosen = time.monotonic(), policy()
    with _alone(), alone() as connection:
        as_of, build_id = _build(connection)
        made_of = _declaration(chosen)
        last = _last(connection)
        if last is not None and (last.build_id, last.declaration_sha256) == (build_id, made_of):
            say("the release that stands is of this build")
            return Released(last.release_id, last.as_of, False, 0, last.parts, 0, 0, 0, 0.0)
        parts = read_parts(connection, PROTECTED, chosen)
        todo = [one for one in (_known(connection, part) for part in parts) if one is not None]
    say(f"{len(todo)} of {len(parts)} parts have changed since the last release")
    decided = list(_decided(todo, chosen, say))
    row = {
        "as_of": as_of,
        "build_id": build_id,
        "declaration_sha256": made_of,
        "parts": len(parts),
        "decided": len(decided),
        **_counts(decided),
        "seconds": round(time.monotonic() - begun, 1),
    }
    _refuse_found(decided, row)
    with _alone(), alone() as connection:
        if _build(connection)[1] != build_id:
            raise ReleaseError("The marts were built anew while the release was decided: release again.")
        number = _swap(connection, parts, decided, row)
    say("swapped in")
    sizes = _counts(decided)
    return Released(
        number,
        as_of,
        True,
        len(decided),
        len(parts),
        sizes["cells"],
        sizes["withheld"],
        sizes["held_back"],
        time.monotonic() - begun,
    )


def _swap(connection: Connection, parts: Sequence[Part], decided: Sequence[Decided], row: dict) -> int:
    """One transaction: all tables, what the next release must know, and the record."""
    with connection.begin():
        number = connection.execute(
            insert(releases).values(**row, status="published").returning(releases.c.release_id)
        ).scalar_one()
        for declared in PROTECTED:
            years = [part.name.school_year for part in parts if part.name.subject == declared.subject]
            new = {
                one.part.name.school_year: one.tables[declared.name] for one in decided if declared.name in one.tables
            }
            publish.write_protected(connection, declared, new, years, row["as_of"])
        for plain in PLAIN:
            publish.write_plain(connection, "reporting", plain)
        names = {("reporting", one.name) for one in (*PROTECTED, *PLAIN)}
        names |= metrics.write_saved(connection)
        publish.drop_others(connection, names)
        for one in decided:
            state.keep(connection, one.part.name, number, one.part.fingerprint, one.state)
    return number


@contextmanager
def _alone() -> Iterator[None]:
    """One release at a time; a killed one gives the lock up with its connection."""
    with warehouse_engine().connect() as connection:
        if not connection.scalar(text("select pg_try_advisory_lock(:key)"), {"key": RELEASE_LOCK}):
            raise ReleaseError("Another release is at work on this warehouse: wait until it has ended.")
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": RELEASE_LOCK})
            connection.commit()


def _build(connection: Connection) -> tuple[dt.date, int]:
    newest = connection.execute(select(dbt_build).order_by(dbt_build.c.build_id.desc()).limit(1)).one_or_none()
    connection.commit()
    if newest is None:
        raise ReleaseError("The marts have not been built yet: run the DAG `transform` first.")
    if not newest.is_success:
        raise ReleaseError("The newest build of the marts failed, so they may contradict each other: build them first.")
    return newest.as_of, newest.build_id


def _last(connection: Connection):
    published = select(releases).where(releases.c.status == "published").order_by(releases.c.release_id.desc()).limit(1)
    return connection.execute(published).one_or_none()


def _declaration(chosen: Policy) -> str:
    """Hash of all that says what is released and how."""
    return hashlib.sha256(repr((PROTECTED, PLAIN, metrics.declared(), chosen)).encode()).hexdigest()


@dataclass(frozen=True)
class _Todo:
    part: Part
    given: State | None
    previous: State | None


def _known(connection: Connection, part: Part) -> _Todo | None:
    """What was given of a part before; None where it has not changed since."""
    last = state.newest(connection, part.name)
    if last is None:
        return _Todo(part, None, None)
    if last.fingerprint == part.fingerprint:
        return None
    every = state.newest(connection, part.name, is_release=False)
    assert every is not None
    return _Todo(part, replace(every.state, release=last.state.release), last.state)


def _decided(todo: Sequence[_Todo], chosen: Policy, say: Say) -> Iterator[Decided]:
    order = sorted(todo, key=lambda one: -_size(one.part))
    calls = [(one.part, chosen, one.given, one.previous) for one in order]
    for one in spread(decide, calls, sum(_size(one.part) for one in todo)):
        counts = _counts([one])
        say(f"{one.part.name}: {counts['withheld']:,} of {counts['cells']:,} withheld, {one.seconds:.0f} s")
        yield one


def _size(part: Part) -> int:
    return sum(len(table.frame) * len(table.counts) for table in part.described)


def _counts(decided: Sequence[Decided]) -> dict[str, int]:
    """Cells that are asked for and not zero, those of them that are withheld, held back and found."""
    cells = withheld = 0
    for one in decided:
        seen = one.state.release
        linked, _ = one.state.known
        asked = seen.is_asked & (linked.value[: len(seen.names)] > 0)
        cells, withheld = cells + int(asked.sum()), withheld + int(np.sum(asked & ~seen.is_shown))
    held_back = sum(len(one.state.exposed) for one in decided)
    return {
        "cells": cells,
        "withheld": withheld,
        "held_back": held_back,
        "findings": sum(len(one.findings) for one in decided),
    }


def _refuse_found(decided: Sequence[Decided], row: dict, most: int = 10) -> None:
    """Record a release that the attack blocks, and raise ReleaseError with what it found."""
    if not row["findings"]:
        return
    with warehouse_engine().begin() as connection:
        connection.execute(insert(releases).values(**row, status="blocked"))
    found = [f"- {one.part.name}: {finding}" for one in decided for finding in one.findings]
    more = f"\n- and {len(found) - most} more" if len(found) > most else ""
    raise ReleaseError(
        f"Nothing was released, and the release before still stands: the attack can narrow {len(found)} counts to "
        f"fewer than min_cell people.\n" + "\n".join(found[:most]) + more + "\nLook in include/release/released.py "
        "whether the tables named say how they are linked."
    )
