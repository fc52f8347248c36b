"""Send what libraries print to a log file, and keep the terminal for what a person reads."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console


@contextmanager
def output_to(log: Path) -> Iterator[Console]:
    """Within the block, file descriptors 1 and 2 go to `log`; the console yielded still reaches the terminal.

    Descriptors rather than `sys.stdout`, because Airflow, dbt and C libraries hold on to the originals.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    terminal = os.fdopen(os.dup(saved[0]), "w", encoding="utf-8")
    try:
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        yield Console(file=terminal, highlight=False)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        terminal.close()
        for number in (descriptor, *saved):
            os.close(number)
