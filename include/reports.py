"""Replacing a report file whole."""

import os
import tempfile
from pathlib import Path


def write_report(path: Path, content: str) -> None:
    """Replace a report in one step: a reader sees the old file or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    unfinished = Path(name)
    unfinished.chmod(0o644)
    unfinished.replace(path)
