"""`run`: one district, from its sources to the lists, in this process."""

import datetime as dt
import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from include.commands.serving import warehouse_server
from include.errors import SchoolhouseError
from include.orchestration import processes
from include.orchestration.chain import run_chain
from include.orchestration.prepare import prepare
from include.orchestration.quiet import output_to
from include.settings import settings


def run_district(as_of: dt.date) -> None:
    """Prepare, run the DAGs in order, and print what they did.

    Raises SchoolhouseError with the reason at the first step that fails, and where Airflow is up or
    another `run` is under way: two of them would do the same work twice.
    """
    from include.summary import print_run

    log = settings().state / "logs" / f"run-{dt.datetime.now().astimezone():%Y%m%dT%H%M%S}.log"
    started, clock = dt.datetime.now(dt.UTC), time.monotonic()
    with _alone(), output_to(log) as console, warehouse_server():
        console.print(f"[bold]Schoolhouse[/bold] as of {as_of}  (log: {log})", soft_wrap=True)
        prepare(as_of, lambda step: console.print(f"  · {step}"))
        run_chain(as_of, console, log)
        console.print()
        print_run(console, started)
        console.print(f"[bold]log[/bold] {log}", soft_wrap=True)
        console.print(
            f"[bold]desk[/bold] ./schoolhouse desk serves it at {settings().desk_address};"
            " ./schoolhouse desk samples makes an account for each role",
            soft_wrap=True,
        )
        console.print(f"[green]Done[/green] in {time.monotonic() - clock:.0f} s.")


@contextmanager
def _alone() -> Iterator[None]:
    if processes.any_running():
        raise SchoolhouseError(
            "Airflow is up and runs these DAGs itself: trigger `ingest` on its web page, or say "
            "`./schoolhouse down` first."
        )
    settings().state.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings().state / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SchoolhouseError("Another `run` is under way: wait until it has ended.") from None
        yield
