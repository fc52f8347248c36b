"""`land`: feeds into the warehouse from the command line, or only what they would bring."""

import datetime as dt
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from include.commands.serving import warehouse_server
from include.districts import District, load_district
from include.errors import SchoolhouseError
from include.landing import LoadResult, ingest_feed
from include.landing.reasons import Refusal
from include.landing.rehearse import Rehearsal, rehearse_feed
from include.orchestration.connections import access_of
from include.orchestration.night import look_back, tell
from include.orchestration.prepare import write_feeds
from include.summary import plain_table
from include.warehouse.migrate import migrate

COUNTS = ("read", "landed", "unchanged", "refused", "ended")


def land(names: Sequence[str], as_of: dt.date, is_rehearsal: bool, accepted: Sequence[str], console: Console) -> None:
    """Land the named feeds, or all, as known on `as_of`; each fails alone.

    is_rehearsal: only say what would land; nothing is written. accepted: feeds that may shrink this once as much
    as they do. Raises SchoolhouseError for a name that the district does not have, and at the end where a feed failed.
    """
    district = with_drop_accepted(load_district(), accepted)
    chosen = [district.feed(name).name for name in names] or [feed.name for feed in district.feeds]
    if strangers := sorted(set(accepted) - set(chosen)):
        raise SchoolhouseError(f"--accept-drop {strangers[0]}: that feed is not among those to land.")
    with warehouse_server():
        migrate()
        write_feeds(district, as_of, lambda step: console.print(f"  · {step}"))
        failed = [name for name in chosen if not _one(district, name, as_of, is_rehearsal, console)]
        if not is_rehearsal and len(failed) < len(chosen):
            look_back()
        if not is_rehearsal:
            console.print(f"[bold]page of the night[/bold] {tell()}", soft_wrap=True)
            console.print("The marts are as they were: the DAG `transform` builds them from this.")
    if failed:
        raise SchoolhouseError(f"{len(failed)} of {len(chosen)} feeds did not land: {', '.join(failed)}.")


def with_drop_accepted(district: District, accepted: Sequence[str]) -> District:
    """The district where these feeds may lose every row.

    Raises SchoolhouseError for a feed that the district does not have.
    """
    names = {district.feed(name).name for name in accepted}
    feeds = [
        feed.model_copy(update={"max_disappearing_share": 1.0}) if feed.name in names else feed
        for feed in district.feeds
    ]
    return district.model_copy(update={"feeds": tuple(feeds)})


def _one(district: District, name: str, as_of: dt.date, is_rehearsal: bool, console: Console) -> bool:
    """Land or rehearse one feed and say what happened; returns whether it went well."""
    try:
        access = access_of(district.feed(name))
        if is_rehearsal:
            rehearsal = rehearse_feed(district, name, as_of, access)
            say_rehearsal(console, rehearsal)
            return rehearsal.error is None
        _say_counts(console, name, ingest_feed(district, name, as_of, access))
    except SchoolhouseError as error:
        console.print(f"[red]{escape(name)} did not land[/red] {escape(str(error))}", soft_wrap=True)
        return False
    return True


def say_rehearsal(console: Console, rehearsal: Rehearsal) -> None:
    """Print what a feed would do: counts by file, why rows would be refused, and how its columns changed."""
    _say_counts(console, f"{rehearsal.feed} would", rehearsal.results)
    for refusal in rehearsal.refusals:
        _say_refusal(console, refusal)
    columns = rehearsal.columns
    for what, names in (
        ("columns that nobody mapped, kept beside the row", columns.unmapped),
        ("columns that are new since the last load", columns.new),
        ("columns that are gone since the last load", columns.gone),
    ):
        if names:
            console.print(f"  {what}: {escape(', '.join(names))}", soft_wrap=True)
    if rehearsal.error is not None:
        console.print(f"  [red]would not land[/red] {escape(rehearsal.error)}", soft_wrap=True)


def _say_counts(console: Console, title: str, results: Sequence[LoadResult]) -> None:
    table = plain_table(title, ("file", "left"), *((name, "right") for name in COUNTS), ("", "left"))
    for result in results:
        counts = (result.rows_read, result.landed, result.unchanged, result.quarantined, result.closed)
        again = "as loaded before" if result.status == "already_loaded" else ""
        table.add_row(escape(result.file_name), *(f"{count:,}" for count in counts), again)
    console.print(table)


def _say_refusal(console: Console, refusal: Refusal) -> None:
    of = f"{refusal.column}: " if refusal.column else ""
    console.print(f"  {refusal.rows:,} refused  {escape(of + refusal.reason)}", soft_wrap=True)
    for example in refusal.examples:
        shown = "" if example.value is None else f": {example.value}"
        console.print(f"      {escape(example.file_name)}, line {example.line}{escape(shown)}", soft_wrap=True)
