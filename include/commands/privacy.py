"""`release` and `privacy attack`: what leaders read, and what somebody could work out from it."""

import time

import typer
from rich.console import Console
from rich.markup import escape

from include.commands.serving import warehouse_server
from include.summary import plain_table


def make_release() -> None:
    """Release the newest marts, and say what was done.

    Raises ReleaseError where the attack finds a count, or there is nothing to release.
    """
    from include.release.job import release

    console, clock = Console(highlight=False), time.monotonic()

    def say(step: str) -> None:
        console.print(f"  {time.monotonic() - clock:6.0f} s  {escape(step)}")

    with warehouse_server():
        done = release(say)
    if not done.is_new:
        console.print(f"Nothing to do: release {done.release_id} of {done.as_of} is of this build.")
        return
    console.print(
        f"[green]Released[/green] as of {done.as_of}: {done.decided} of {done.parts} parts were decided anew; of their "
        f"{done.cells:,} counts {done.withheld:,} are withheld. The attack found nothing."
    )
    if done.held_back:
        console.print(
            f"{done.held_back:,} counts show in earlier figures that they changed: everything new around them stays "
            "blank until they do not."
        )


def attack_release(role: str) -> None:
    """Print every count that the role can narrow; raises typer.Exit(1) where there is one."""
    from include.release.job import policy
    from include.release.outside import attack_as

    console = Console(highlight=False)
    with warehouse_server():
        chosen = policy()
        done = attack_as(role, chosen)
    if done.found:
        table = plain_table(
            f"Counts that can be narrowed to fewer than {chosen.min_cell} people",
            ("part", "left"),
            ("least", "right"),
            ("most", "right"),
            ("count, and what it follows from", "left"),
        )
        for part, found in done.found:
            because = f"\n[dim]{escape('; '.join(found.because))}[/dim]" if found.because else ""
            table.add_row(str(part), str(found.low), str(found.high), escape(found.name) + because)
        console.print(table)
    for name in done.unknown:
        console.print(f"[red]{escape(name)}[/red] is no table of the release: nobody can say what it gives away.")
    console.print(
        f"As {escape(role)}: {done.cells:,} withheld counts tried in {done.seconds:.0f} s, "
        f"{len(done.found)} found, {len(done.unknown)} tables that nobody declared."
    )
    if done.found or done.unknown:
        raise typer.Exit(1)
