"""How long the generated district takes and how much memory: python -m bench.demo 14500 90000."""

import datetime as dt
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

from include.demo.generate import generate

YEARS = 5
SEED = 7
AS_OF = dt.date(2026, 3, 2)
SIZES = (3_000, 14_500, 90_000)


def measure(students: int) -> tuple[float, float, float]:
    """Seconds, peak memory in MB and written MB of one district; run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        generate(Path(folder), students, YEARS, SEED, AS_OF)
        seconds = time.monotonic() - begun
        written = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return seconds, kilobytes / (1024**2 if sys.platform == "darwin" else 1024), written / 1e6


def main() -> None:
    """Print one line for every size on the command line, or for SIZES."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    print(f"{'students':>10} {'seconds':>9} {'peak MB':>9} {'files MB':>9}   {YEARS} school years")
    for size in sizes:
        # A new process for each, so that its peak is its own.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, peak, written = pool.apply(measure, (size,))
        print(f"{size:>10,} {seconds:>9.1f} {peak:>9,.0f} {written:>9,.0f}", flush=True)


if __name__ == "__main__":
    main()
