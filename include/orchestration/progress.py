"""A line on the terminal for every task that ends, from Airflow's own listener hooks."""

import time
from dataclasses import dataclass, field

from airflow.listeners import hookimpl
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from include.errors import SchoolhouseError


@dataclass
class Progress:
    """Listens to the tasks of one run; `failures` holds a line for each task that failed."""

    console: Console
    failures: list[str] = field(default_factory=list)
    _started: dict[str, float] = field(default_factory=dict)
    _working: Status | None = None

    @hookimpl
    def on_task_instance_running(self, previous_state, task_instance) -> None:
        """Start the clock of a task, and show what is being done where there is a terminal."""
        self._rest()
        self._working = self.console.status(escape(self._name(task_instance)))
        self._working.start()
        self._started[str(task_instance.id)] = time.monotonic()

    @hookimpl
    def on_task_instance_success(self, previous_state, task_instance) -> None:
        """Say that a task is done."""
        self._say("[green]✓[/green]", task_instance)

    @hookimpl
    def on_task_instance_failed(self, previous_state, task_instance, error) -> None:
        """Say that a task failed, and keep the reason."""
        self._say("[red]✗[/red]", task_instance)
        self.failures.append(f"{self._name(task_instance)}: {_reason(error)}")

    def _rest(self) -> None:
        if self._working is not None:
            self._working.stop()
            self._working = None

    def _say(self, mark: str, task_instance) -> None:
        self._rest()
        seconds = time.monotonic() - self._started.pop(str(task_instance.id), time.monotonic())
        self.console.print(f"  {mark} {escape(self._name(task_instance)):<58} {seconds:6.1f} s")

    @staticmethod
    def _name(task_instance) -> str:
        part = task_instance.rendered_map_index
        return f"{task_instance.dag_id}.{task_instance.task_id}" + (f" {part}" if part else "")


def _reason(error: BaseException | str | None) -> str:
    if isinstance(error, SchoolhouseError) or not isinstance(error, BaseException):
        return str(error or "no reason given: see the log")
    return f"{type(error).__name__}: {error}"
