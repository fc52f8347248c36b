"""`demo`: the files of a generated district, with the seconds that each step takes."""

import datetime as dt
import json
import time
from pathlib import Path

from rich.console import Console

from include.errors import SchoolhouseError

# The calendar of the marts, dim_date, begins in 2000 and ends in 2040.
EARLIEST, LATEST = 2010, 2039


class Steps:
    """Shows the step that is under way, and each step that is over with its seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.status = console.status("")
        self.begun = time.monotonic()
        self.step: str | None = None

    def __enter__(self) -> "Steps":
        self.status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.status.stop()

    def tell(self, step: str | None) -> None:
        """The next step begins; None where there is none."""
        now = time.monotonic()
        if self.step is not None:
            self.console.print(f"  {now - self.begun:6.1f} s  {self.step}", highlight=False)
        self.begun, self.step = now, step
        self.status.update(step or "")


def write_demo(out: Path, students: int, years: int, seed: int, as_of: dt.date, night: int | None, dirt: bool) -> None:
    """Write the district's files into `out` and say what was written.

    Raises SchoolhouseError where `out` is no folder, or holds a whole district while a night is asked for;
    where the district is too small, or the history too short.
    """
    from include.demo.generate import generate

    if out.exists() and not out.is_dir():
        raise SchoolhouseError(f"--out {out} is a file: name a folder, which may be new.")
    if not EARLIEST <= as_of.year <= LATEST:
        raise SchoolhouseError(f"--as-of {as_of}: the generated district knows the years from {EARLIEST} to {LATEST}.")
    truth = out / "truth.json"
    if night is not None and truth.is_file() and "night" not in json.loads(truth.read_text(encoding="utf-8")):
        raise SchoolhouseError(f"{out} holds a whole district: give the files of a night a folder of their own.")
    console, clock = Console(), time.monotonic()
    with Steps(console) as steps:
        generate(
            out, students=students, years=years, seed=seed, as_of=as_of, dirt=dirt, night=night, progress=steps.tell
        )
        steps.tell(None)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    console.print(
        f"[green]Done[/green] in {time.monotonic() - clock:.1f} s: {size / 1e6:,.1f} MB in {out}; what is planted in "
        "it: truth.json",
        soft_wrap=True,
        highlight=False,
    )
