"""`check` and `test`."""

import os
import subprocess
import sys
import time

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


def run_checks() -> int:
    """Run every tool, print the output of those that fail; returns how many did."""
    console = Console(highlight=False)
    failed = 0
    for name, command in TOOLS.items():
        began = time.monotonic()
        code, output = _run(*command)
        mark = "[green]✓[/green]" if code == 0 else "[red]✗[/red]"
        console.print(f"{mark} {name:<10} {time.monotonic() - began:5.1f} s")
        if code != 0:
            failed += 1
            console.print(output, markup=False, soft_wrap=True)
    return failed


def _run(*command: str) -> tuple[int, str]:
    environment = {**os.environ, "PYTHONPATH": str(settings().root)}
    done = subprocess.run(
        [sys.executable, *command], cwd=settings().root, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def run_tests(arguments: list[str], is_everything: bool) -> int:
    """Run pytest on the repository with these arguments, without the slow tests unless everything is wanted.

    Returns pytest's exit code.
    """
    chosen = [] if is_everything else ["-m", "not slow"]
    command = [sys.executable, "-m", "pytest", *chosen, *arguments]
    done = subprocess.run(command, cwd=settings().root, check=False)
    if done.returncode < 0:
        raise SchoolhouseError(f"pytest was ended by signal {-done.returncode}.")
    return done.returncode
