"""How long landing takes against a plain COPY of the same rows: python -m bench.landing [ROWS] [--with-dlt].

One run on one machine compares, for the same file of attendance rows: COPY into untyped columns (the
reference), the first load (typed, checked, keyed, versioned), the next night's file with 1 % of the rows
changed, the same file again, and with --with-dlt a general loading library, installed beside into an
environment of its own.
"""

import argparse
import datetime as dt
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

ROWS = 2_000_000
SEED = 7
MONDAY, TUESDAY, WEDNESDAY = (dt.date(2026, 3, 2) + dt.timedelta(days=number) for number in range(3))
HEADER = "Student Number,School,Att Date,Att Code,Posted\n"
BLOCK = 1 << 20

DLT = """
import csv, itertools, sys
import dlt

def rows():
    with open(sys.argv[1], newline="") as file:
        reader = csv.DictReader(file)
        while block := list(itertools.islice(reader, 50_000)):
            yield block

resource = dlt.resource(rows(), name="attendance", write_disposition="merge",
                        primary_key=["Student Number", "School", "Att Date"])
pipeline = dlt.pipeline("bench", destination=dlt.destinations.postgres(sys.argv[2]), dataset_name="dlt_bench",
                        pipelines_dir=sys.argv[3])
pipeline.run(resource)
"""


def write_files(folder: Path, rows: int) -> tuple[Path, Path]:
    """Two nights of the same feed: the second has another code in one row of a hundred."""
    rng = np.random.default_rng(SEED)
    days = np.array([f"{day:%m/%d/%Y}" for day in (dt.date(2025, 9, 1) + dt.timedelta(days=n) for n in range(180))])
    posted = np.array([f"{day:%m/%d/%Y}" for day in (dt.date(2025, 9, 2) + dt.timedelta(days=n) for n in range(180))])
    student, day = np.divmod(np.arange(rows), len(days))
    code = rng.choice(["AU", "AE", "HD", "TD", "P"], rows)
    later = np.where(rng.random(rows) < 0.01, "OSS", code)
    paths = folder / "attendance_1.csv", folder / "attendance_2.csv"
    for path, codes in zip(paths, (code, later), strict=True):
        with path.open("w") as file:
            file.write(HEADER)
            for begin in range(0, rows, 100_000):
                part = slice(begin, begin + 100_000)
                numbers = zip(student[part], day[part], codes[part], strict=True)
                file.write("".join(f"{1_000_000 + s},{s % 28:04d},{days[d]},{c},{posted[d]}\n" for s, d, c in numbers))
    return paths


def copy_raw(path: Path) -> None:
    """The reference: COPY into a table of text columns."""
    from include.warehouse.engine import warehouse_engine

    with warehouse_engine().begin() as connection, path.open("rb") as file:
        connection.execute(text("create table public.raw_copy (a text, b text, c text, d text, e text)"))
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor().copy("copy public.raw_copy from stdin (format csv, header)") as copy:
            while block := file.read(BLOCK):
                copy.write(block)


def load(path: Path, as_of: dt.date) -> None:
    """Our load of one night's file, as a snapshot."""
    from include.districts import FileFeed
    from include.landing.load import load_file
    from include.sources import deliveries
    from include.warehouse.engine import warehouse_engine

    feed = FileFeed.model_validate(
        {
            "name": "bench.attendance", "source": "bench", "folder": str(path.parent), "files": path.name,
            "contract": "sis.attendance_event",
            "columns": {
                "student_id": "Student Number", "school_id": "School", "code": "Att Code",
                "on_date": {"from": "Att Date", "date": "MM/DD/YYYY"},
                "posted_on": {"from": "Posted", "date": "MM/DD/YYYY"},
            },
        }
    )  # fmt: skip
    # The name of the file is the feed's own business; the mapping is the same every night.
    for delivery in deliveries(feed, None, None, path.parent):
        load_file(warehouse_engine(), feed.model_copy(update={"files": "*.csv"}), delivery, as_of)


def measured(work: Callable[..., None], *arguments: object) -> tuple[float, float]:
    """Seconds and peak memory in MB of a call in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (work, arguments))


def _measure(work: Callable[..., None], arguments: tuple[object, ...]) -> tuple[float, float]:
    from include.warehouse.engine import warehouse_engine

    with warehouse_engine().connect() as connection:
        connection.execute(text("checkpoint"))
    begun = time.monotonic()
    work(*arguments)
    seconds = time.monotonic() - begun
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, kilobytes / (1024**2 if sys.platform == "darwin" else 1024)


def with_dlt(folder: Path, path: Path) -> tuple[float, float]:
    """Seconds and peak memory in MB of dlt's load of the same file, keyed alike."""
    from include.warehouse.engine import warehouse_url

    home = folder / "dlt"
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "dlt[postgres]"], check=True)
    script = home / "load.py"
    script.write_text(DLT)
    address = warehouse_url().set(drivername="postgresql").render_as_string(hide_password=False)
    begun = time.monotonic()
    subprocess.run([python, str(script), str(path), address, str(home / "state")], check=True, cwd=home)
    seconds = time.monotonic() - begun
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def main() -> None:
    """Run everything in a server of its own and print seconds, ratios to COPY and memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=ROWS)
    parser.add_argument("--with-dlt", action="store_true")
    chosen = parser.parse_args()
    console = Console(highlight=False)
    table = Table(title=f"{chosen.rows:,} attendance rows")
    for name in ("what", "seconds", "times COPY", "peak MB"):
        table.add_column(name, justify="left" if name == "what" else "right")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SCHOOLHOUSE_STATE"] = f"{folder}/state"
        os.environ.pop("SCHOOLHOUSE_WAREHOUSE_URL", None)
        from include.warehouse import server
        from include.warehouse.migrate import migrate

        server.start()
        try:
            migrate()
            first, second = write_files(Path(folder), chosen.rows)
            steps: list[tuple[str, Callable[[], tuple[float, float]]]] = [
                ("COPY, untyped", lambda: measured(copy_raw, first)),
                ("first load", lambda: measured(load, first, MONDAY)),
                ("next night, 1 % changed", lambda: measured(load, second, TUESDAY)),
                ("the same file again", lambda: measured(load, second, WEDNESDAY)),
            ]
            if chosen.with_dlt:
                steps.append(("dlt, merge on the key", lambda: with_dlt(Path(folder), first)))
            reference = 0.0
            for name, step in steps:
                with console.status(name):
                    seconds, peak = step()
                reference = reference or seconds
                table.add_row(name, f"{seconds:.1f}", f"{seconds / reference:.2f}", f"{peak:,.0f}")
        finally:
            server.remove()
    console.print(table)


if __name__ == "__main__":
    main()
