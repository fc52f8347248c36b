"""`check` and `test`."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from include.errors import SchoolhouseError
from include.settings import settings

# Each is a process of its own, because these tools print and configure logging as they please.
TOOLS = {
    "lint": ("-m", "ruff", "check", "."),
    "format": ("-m", "ruff", "format", "--check", "."),
    "types": ("-m", "mypy"),
    "dbt parse": ("-c", "from include.transform import parse; parse()"),
    "SQL lint": ("-m", "sqlfluff", "lint", "--disable-progress-bar", "dbt_project"),
}
# Each starts a PostgreSQL of its own, and some of their tests an Airflow.
MOST_PROCESSES = 4
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run_checks() -> int:
    """Run every tool, print the output of those that fail; returns how many did."""
    console = Console(highlight=False)
    failed = 0
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, len(TOOLS))) as pool:
        for name, (code, output, seconds) in zip(TOOLS, pool.map(_run, TOOLS.values()), strict=True):
            mark = "[green]✓[/green]" if code == 0 else "[red]✗[/red]"
            console.print(f"{mark} {name:<10} {seconds:5.1f} s")
            if code != 0:
                failed += 1
                console.print(output, markup=False, soft_wrap=True)
    return failed


def _run(command: tuple[str, ...]) -> tuple[int, str, float]:
    """Exit code, output and seconds of one tool."""
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(settings().root)}
    done = subprocess.run(
        [sys.executable, *command], cwd=settings().root, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr, time.monotonic() - began


def run_tests(arguments: list[str], is_everything: bool) -> int:
    """Run pytest on the repository with these arguments, without the slow tests unless everything is wanted.

    All tests together run in several processes; what is asked for by name runs in one, where a debugger works.
    Returns pytest's exit code.
    """
    chosen, environment = [] if is_everything else ["-m", "not slow"], dict(os.environ)
    if not arguments:
        # One more than there are cores: each waits for PostgreSQL and for the commands that it starts.
        processes = min((os.cpu_count() or 1) + 1, MOST_PROCESSES)
        chosen += ["-n", str(processes), "--dist", "loadscope", "--no-loadscope-reorder"]
        # Threads of one process that wait for each other would take the cores from the other processes.
        environment |= dict.fromkeys(ONE_THREAD, "1")
    command = [sys.executable, "-m", "pytest", *chosen, *arguments]
    done = subprocess.run(command, cwd=settings().root, env=environment, check=False)
    if done.returncode < 0:
        raise SchoolhouseError(f"pytest was ended by signal {-done.returncode}.")
    return done.returncode
