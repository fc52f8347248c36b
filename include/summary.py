"""What a run did, in tables that a person reads; everything comes from ops, ml and lists."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection, func, select, text

from include.desk.messages import count_waiting
from include.districts import load_district
from include.errors import SchoolhouseError
from include.night import FeedNight, Night, gather, newest_night, page_path
from include.settings import settings
from include.warehouse.engine import warehouse_engine
from models.lists import elt_list, elt_list_school
from models.ml import evaluation, model, release_decision
from models.ops import dbt_build, load

METHODS = {
    "random": "random order",
    "last_year_outcome": "last year's outcome",
    "abc_rule": "ABC rule",
    "logistic": "logistic regression",
    "hist_gradient_boosting": "gradient boosting",
}
FIGURES = ("precision", "recall", "lift")


def print_run(console: Console, since: dt.datetime) -> None:
    """Print everything that a run since `since` did.

    Raises SchoolhouseError where the counts of a load do not add up, or a school's list not to its seats.
    """
    with warehouse_engine().connect() as connection:
        console.print(_feeds(connection, since))
        _say_build(console, connection)
        _say_model(console, connection)
        _say_drift(console, connection)
        _say_lists(console, connection)
        _say_reports(console, connection)


def print_status(console: Console, today: dt.date) -> None:
    """Print each feed's newest load, what is late, odd, not in or in quarantine, the last build and the last lists."""
    with warehouse_engine().connect() as connection:
        if connection.scalar(text("select to_regclass('lists.elt_list')")) is None or newest_night(connection) is None:
            console.print("Nothing has landed yet.")
            return
        _say_night(console, gather(connection, load_district(), today))
        _say_build(console, connection)
        _say_lists(console, connection)
        _say_messages(console)
        path = page_path(newest_night(connection) or today)
        if path.exists():
            console.print(f"[bold]page of the night[/bold] {path}", soft_wrap=True)


def _say_messages(console: Console) -> None:
    waiting = count_waiting()
    if settings().smtp_url is None:
        console.print(f"[bold]Mails[/bold] none is sent: SCHOOLHOUSE_SMTP_URL is not set; {waiting} events wait")
    elif waiting:
        console.print(f"[yellow]Mails[/yellow] of {waiting} events wait to be sent")


def _say_night(console: Console, night: Night) -> None:
    waiting: dict[str, int] = {}
    for row in night.waiting:
        waiting[row.feed] = waiting.get(row.feed, 0) + row.rows
    table = plain_table(
        "Last loads",
        ("feed", "left"),
        *((name, "right") for name in ("as of", "age", "rows", "usual", "in quarantine")),
        ("", "left"),
    )
    for feed in night.feeds:
        table.add_row(
            feed.feed,
            "–" if feed.as_of is None else str(feed.as_of),
            "–" if feed.age_days is None else f"{feed.age_days} d",
            "–" if feed.volume is None else f"{feed.volume:,}",
            "–" if feed.usual is None else f"{feed.usual:,.0f}",
            f"{waiting.get(feed.feed, 0):,}",
            _remarks(feed),
        )
    console.print(table)
    for feed in night.feeds:
        if feed.failure is not None:
            console.print(f"[red]not in[/red] {escape(feed.feed)}: {escape(feed.failure)}", soft_wrap=True)
        for what, names in (("new", feed.columns.new), ("gone", feed.columns.gone)):
            if names:
                console.print(
                    f"[yellow]columns {what}[/yellow] {escape(feed.feed)}: {escape(', '.join(names))}", soft_wrap=True
                )


def _remarks(feed: FeedNight) -> str:
    late = f"[red]late[/red], due every {feed.due_every_days} d" if feed.is_late else ""
    odd = f"[yellow]unlike its {feed.compared} last on this weekday[/yellow]" if feed.is_unusual else ""
    return "; ".join(filter(None, (late, odd)))


def plain_table(title: str, *columns: tuple[str, Any]) -> Table:
    """A plain table; columns as (name, side)."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    for name, side in columns:
        # A narrow terminal wraps the names, never a figure.
        table.add_column(name, justify=side, no_wrap=side == "right", overflow="fold")
    return table


def _feeds(connection: Connection, since: dt.datetime) -> Table:
    counts = [load.c.rows_read, load.c.landed, load.c.unchanged, load.c.quarantined]
    rows = connection.execute(
        select(load.c.feed, func.count(), *(func.sum(count) for count in counts))
        .where(load.c.started_at >= since)
        .group_by(load.c.feed)
        .order_by(load.c.feed)
    ).all()
    table = plain_table(
        "Rows",
        ("feed", "left"),
        *((name, "right") for name in ("files", "read", "landed", "unchanged", "quarantined")),
    )
    totals = [0] * 5
    for feed, *numbers in rows:
        _, read, landed, unchanged, quarantined = numbers
        if read != landed + unchanged + quarantined:
            raise SchoolhouseError(
                f"Feed {feed}: {read} rows read are not {landed} landed + {unchanged} unchanged + "
                f"{quarantined} quarantined."
            )
        table.add_row(feed, *(f"{number:,}" for number in numbers))
        totals = [total + int(number) for total, number in zip(totals, numbers, strict=True)]
    table.add_section()
    table.add_row("all feeds", *(f"{total:,}" for total in totals), style="bold")
    return table


def _say_build(console: Console, connection: Connection) -> None:
    build = connection.execute(select(dbt_build).order_by(dbt_build.c.build_id.desc()).limit(1)).one_or_none()
    if build is None:
        return
    seconds = (build.finished_at - build.started_at).total_seconds()
    verdict = "all passed" if build.is_success else f"{build.tests_failed} failed"
    console.print(
        f"[bold]Marts[/bold] as of {build.as_of}: {build.models} models, {build.tests} tests, {verdict}, "
        f"{seconds:.0f} s"
    )


def _newest_model(connection: Connection) -> Any:
    newest = select(model.c.model_id, model.c.shipped, model.c.as_of, model.c.limits, model.c.card_path)
    # A day may have been trained twice, with other code or data: the scores say which one counts.
    used = text("select model_id from ml.score where as_of = (select max(as_of) from ml.score) limit 1")
    name = connection.scalar(used)
    return connection.execute(newest.where(model.c.model_id == name)).one_or_none()


def _say_model(console: Console, connection: Connection) -> None:
    newest = _newest_model(connection)
    if newest is None:
        return
    found = connection.execute(
        select(evaluation)
        .where(
            evaluation.c.model_id == newest.model_id,
            evaluation.c.subset == "all",
            evaluation.c.metric.in_(FIGURES),
        )
        .order_by(evaluation.c.test_year.desc())
    ).all()
    shipped = "the model" if newest.shipped == "model" else "the rule"
    if not found:
        console.print(f"[bold]Ranked by[/bold] {shipped}: there is no later year to test a model on.")
        return
    year = found[0].test_year
    value = {(row.method, row.metric): row.value for row in found if row.test_year == year}
    table = plain_table(
        f"The model against the rule, tested on school year {year - 1}-{year % 100:02d} at the real seats",
        ("method", "left"),
        *((name, "right") for name in FIGURES),
    )
    methods = {method for method, _ in value}
    for method in sorted(methods, key=lambda name: [*METHODS, name].index(name)):
        figures = (value.get((method, figure)) for figure in FIGURES)
        table.add_row(METHODS.get(method, method), *("–" if v is None else f"{v:.3f}" for v in figures))
    console.print(table)
    console.print(f"[bold]Ranked by[/bold] {shipped}. {_gains(connection, newest.model_id, year)}")


def _gains(connection: Connection, model_id: str, year: int) -> str:
    """What decided: each model's gain in precision over the best simpler method, with its interval."""
    over = "gain_over_"
    rows = connection.execute(
        select(evaluation)
        .where(
            evaluation.c.model_id == model_id,
            evaluation.c.test_year == year,
            evaluation.c.subset == "all",
            evaluation.c.metric.startswith(over, autoescape=True),
            evaluation.c.low.is_not(None),
        )
        .order_by(evaluation.c.method)
    ).all()
    said = [
        f"{METHODS[row.method]} over {METHODS[row.metric.removeprefix(over)]}: {row.value:+.3f} "
        f"({row.low:+.4f} to {row.high:+.4f}), {'proven' if row.low > 0 else 'not proven'}"
        for row in rows
    ]
    return f"Gain in precision with its 95 % interval: {'; '.join(said)}." if said else ""


def _say_drift(console: Console, connection: Connection) -> None:
    decision = _decision(connection)
    if decision is None:
        return
    colour = {"pass": "green", "hold": "yellow", "block": "red"}[decision.verdict]
    reasons = "; ".join(str(item) for item in decision.failing) if decision.failing else "every check passed"
    console.print(f"[bold]Drift[/bold] [{colour}]{decision.verdict}[/{colour}]: {escape(reasons)}")


def _decision(connection: Connection) -> Any:
    return connection.execute(select(release_decision).order_by(release_decision.c.as_of.desc()).limit(1)).one_or_none()


def _say_lists(console: Console, connection: Connection) -> None:
    current = connection.execute(
        select(elt_list).where(elt_list.c.superseded_by.is_(None)).order_by(elt_list.c.elt_term, elt_list.c.program)
    ).all()
    if not current:
        console.print("[bold]Lists[/bold] none yet")
    for version in current:
        _say_list(console, connection, version)


def _say_list(console: Console, connection: Connection, version: Any) -> None:
    schools = connection.execute(
        select(elt_list_school)
        .where(elt_list_school.c.version == version.version)
        .order_by(elt_list_school.c.school_id)
    ).all()
    names = school_names(connection)
    table = plain_table(
        f"{version.program} {version.elt_term}, as of {version.as_of}, {version.status.replace('_', ' ')}",
        ("school", "left"),
        *((name, "right") for name in ("cohort", "listed", "+ nominations", "= seats", "waitlist")),
    )
    shown = schools if len(schools) <= 30 else []
    for row in schools:
        if row.seat_entries + row.open_nomination_seats != row.seats:
            raise SchoolhouseError(f"{row.school_id}: {row.seat_entries} listed do not fill {row.seats} seats.")
    for row in shown:
        table.add_row(names.get(row.school_id, row.school_id), *_seats([row]))
    table.add_section()
    table.add_row(f"{len(schools)} schools", *_seats(schools), style="bold")
    console.print(table)


def _seats(rows: Sequence[Any]) -> list[str]:
    columns = ("cohort", "seat_entries", "open_nomination_seats", "seats", "waitlist_entries")
    return [f"{sum(getattr(row, column) for row in rows):,}" for column in columns]


def school_names(connection: Connection) -> dict[str, str]:
    """Name by school, empty where the marts have not been built."""
    if connection.scalar(text("select to_regclass('marts.dim_school')")) is None:
        return {}
    return dict(connection.execute(text("select school_id, school_name from marts.dim_school")).tuples().all())


def _say_reports(console: Console, connection: Connection) -> None:
    newest, decision = _newest_model(connection), _decision(connection)
    places = [("model card", newest.card_path if newest else None)]
    places.append(("drift report", decision.report_path if decision else None))
    night = newest_night(connection)
    places.append(("page of the night", page_path(night).name if night and page_path(night).exists() else None))
    for what, path in places:
        if path:
            # An absolute path stays as it is.
            console.print(f"[bold]{what}[/bold] {settings().reports / Path(path)}", soft_wrap=True)
