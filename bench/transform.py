"""How long the marts take against the SQL alone: python -m bench.transform [STUDENTS].

For 5 years of history and for 2, one run lands a generated district and builds everything, runs the SQL of the
same models and tests by itself in one connection (the reference), then lands the next night and builds again.
"""

import argparse
import datetime as dt
import json
import multiprocessing
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

STUDENTS = 14_500
# The generator makes no district of one school year.
HISTORIES = (5, 2)
MONDAY, TUESDAY = dt.date(2026, 3, 2), dt.date(2026, 3, 3)


def measure(students: int, years: int) -> dict[str, Any]:
    """Seconds of each step for one length of history; run in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="schoolhouse-bench-") as folder:
        from include.settings import DEFAULT_DISTRICT

        described = yaml.safe_load((DEFAULT_DISTRICT / "district.yml").read_text())
        described["generate"] |= {"students": students, "years": years}
        (Path(folder) / "district.yml").write_text(yaml.safe_dump(described, sort_keys=False))
        os.environ |= {"SCHOOLHOUSE_STATE": f"{folder}/state", "SCHOOLHOUSE_DISTRICT": folder}
        from include.warehouse import server

        server.start()
        try:
            return _measured()
        finally:
            server.remove()


def _measured() -> dict[str, Any]:
    from include.warehouse.engine import warehouse_engine
    from include.warehouse.migrate import migrate

    migrate()
    _land(MONDAY)
    full = _build(MONDAY)
    with warehouse_engine().connect() as connection:
        slowest = connection.execute(
            text(
                "select split_part(unique_id, '.', 3), seconds from ops.dbt_result"
                " where resource_type = 'model' order by seconds desc limit 10"
            )
        ).all()
    bare = _bare()
    _land(TUESDAY)
    return {"full": full, "bare": bare, "night": _build(TUESDAY), "slowest": [tuple(row) for row in slowest]}


def _land(as_of: dt.date) -> None:
    from include.districts import load_district
    from include.landing import ingest_feed
    from include.orchestration.connections import access_of
    from include.orchestration.prepare import write_feeds

    district = load_district()
    write_feeds(district, as_of, lambda _: None)
    for feed in district.feeds:
        ingest_feed(district, feed.name, as_of, access_of(feed))


def _build(as_of: dt.date) -> float:
    from include.transform import build

    begun = time.monotonic()
    build(as_of)
    return time.monotonic() - begun


def _bare() -> float:
    """Seconds of the build's own statements, one after the other; the tables they make are thrown away."""
    from include.access.keys import pseudonyms
    from include.transform.dbt import artifacts
    from include.warehouse.engine import warehouse_url

    target = artifacts() / "target"
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    ran = json.loads((target / "run_results.json").read_text())["results"]
    begun = time.monotonic()
    # Only a connection that is opened within the block can make pseudonyms.
    with pseudonyms("marts"), create_engine(warehouse_url()).connect() as connection:
        # As macros/planning.sql has the models planned.
        for setting in ("enable_nestloop = off", "enable_mergejoin = off", "hash_mem_multiplier = 4"):
            connection.exec_driver_sql(f"set {setting}")
        connection.exec_driver_sql("create schema bare")
        for result in ran:
            node, sql = nodes.get(result["unique_id"], {}), result.get("compiled_code")
            if not sql or node["resource_type"] not in ("model", "test"):
                continue
            if node["resource_type"] == "test":
                connection.exec_driver_sql(f"select count(*) from ({sql}) failing".replace("%", "%%"))
                continue
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            connection.exec_driver_sql(f"create {kind} bare.{node['name']} as {sql}".replace("%", "%%"))
            if kind == "table":
                connection.exec_driver_sql(f"analyze bare.{node['name']}")
        seconds = time.monotonic() - begun
        connection.rollback()
    return seconds


def main() -> None:
    """Print seconds and ratios, and the ten slowest models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("students", nargs="?", type=int, default=STUDENTS)
    students = parser.parse_args().students
    console, found = Console(), {}
    for years in HISTORIES:
        console.print(f"{students:,} students, {years} school years: landing and building …")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found[years] = pool.apply(measure, (students, years))
    table = Table("school years", "full build s", "bare SQL s", "full / bare", "night s", "night / full")
    for years, seconds in found.items():
        full, bare, night = seconds["full"], seconds["bare"], seconds["night"]
        table.add_row(
            str(years), *(f"{value:.1f}" for value in (full, bare)), f"{full / bare:.2f}",
            f"{night:.1f}", f"{night / full:.2f}",
        )  # fmt: skip
    console.print(table)
    longest, shortest = HISTORIES
    console.print(
        f"night at {longest} years / night at {shortest}: {found[longest]['night'] / found[shortest]['night']:.2f}"
    )
    slowest = Table("slowest models", "s")
    for name, seconds in found[longest]["slowest"]:
        slowest.add_row(name, f"{seconds:.1f}")
    console.print(slowest)


if __name__ == "__main__":
    main()
