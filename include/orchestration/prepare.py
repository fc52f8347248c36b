"""What has to be there before any DAG can run."""

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import func, select

from include.districts import District, load_district
from include.errors import SchoolhouseError
from include.orchestration.database import migrate_airflow
from include.settings import settings
from include.warehouse import server
from include.warehouse.engine import warehouse_engine
from include.warehouse.migrate import migrate
from models.ops import load


def prepare(as_of: dt.date, say: Callable[[str], None]) -> District:
    """Start the server, migrate both databases, write the generated district's feeds; say each step.

    Raises SchoolhouseError where one of them is not possible.
    """
    district = load_district()
    say("PostgreSQL")
    server.start()
    migrate()
    refuse_going_back(as_of)
    say("Airflow's database")
    with ThreadPoolExecutor(max_workers=1) as beside:
        # A process of its own does it, so the feeds can be written meanwhile.
        migrated = beside.submit(migrate_airflow)
        if district.generate is not None:
            write_feeds(district, as_of, say)
        migrated.result()
    return district


def refuse_going_back(as_of: dt.date) -> None:
    """Raise SchoolhouseError where the warehouse already knows a later day than `as_of`."""
    with warehouse_engine().connect() as connection:
        newest = connection.scalar(select(func.max(load.c.as_of)))
    if newest is not None and newest > as_of:
        raise SchoolhouseError(
            f"This warehouse has landed data as of {newest}, so it cannot go back to {as_of}: what was known "
            f"then stays as it was. Give --as-of {newest} or later."
        )


def write_feeds(district: District, as_of: dt.date, say: Callable[[str], None]) -> None:
    """Write the generated district's files, unless exactly these are there already; say each step."""
    from include.demo.generate import generate

    wanted = district.generate
    if wanted is None:
        return
    folder = settings().state / "demo" / district.name
    recipe = {**wanted.model_dump(), "as_of": as_of.isoformat(), "code": _generator_hash()}
    note = folder / "recipe.json"
    if note.exists() and json.loads(note.read_text()) == recipe:
        return
    unfinished = folder.with_name(f".{district.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    say(f"feeds of {district.title}")
    generate(out=unfinished, **wanted.model_dump(), as_of=as_of, progress=say)
    (unfinished / note.name).write_text(json.dumps(recipe))
    # Only whole folders count: a kill leaves the old files or none.
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _generator_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted((Path(__file__).parent.parent / "demo").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
