"""Do much work in a process for each processor, and little in this one."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

# With fewer cells than this, starting processes takes longer than the work.
WORTH_PROCESSES = 20_000
Done = TypeVar("Done")


def spread(work: Callable[..., Done], calls: Sequence[tuple[Any, ...]], cells: int) -> Iterator[Done]:
    """The results of work(*call) for every call, as they come; the calls that take longest should be first."""
    processors = os.cpu_count() or 1
    if cells < WORTH_PROCESSES or processors == 1:
        yield from (work(*call) for call in calls)
        return
    # Not forked: this process may have threads, and connections that are its own.
    with ProcessPoolExecutor(processors, get_context("spawn"), initializer=_end_with_parent) as pool:
        waiting = [pool.submit(work, *call) for call in calls]
        try:
            for done in as_completed(waiting):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _end_with_parent() -> None:
    """A process of the pool waits for work for ever, also where nobody is left to give it any."""
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
