"""The verbs of ./schoolhouse. Imports are inside the commands, so that each waits only for its own."""

import datetime as dt
import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from include.errors import SchoolhouseError

# Objects between two looks for garbage, and looks at the young between those at the older.
COLLECTIONS = (50_000, 20, 20)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A school district's data platform.",
)
metrics = typer.Typer(no_args_is_help=True, help="Ask for a metric by name, as the marts define it.")
app.add_typer(metrics, name="metrics")
quarantine = typer.Typer(no_args_is_help=True, help="Rows that a contract refused: what they are, and a second try.")
app.add_typer(quarantine, name="quarantine")
privacy = typer.Typer(no_args_is_help=True, help="What leaders read: that it tells of nobody.")
app.add_typer(privacy, name="privacy")
submission = typer.Typer(no_args_is_help=True, help="Figures for a board or a state, frozen by name.")
app.add_typer(submission, name="submission")
access = typer.Typer(no_args_is_help=True, help="Who holds which role, see docs/access.md.")
app.add_typer(access, name="access")

flags = typer.Typer(no_args_is_help=True, help="Recommendations for extended learning time, and what came of them.")
app.add_typer(flags, name="flags")

desk = typer.Typer(invoke_without_command=True, help="The intervention teams' pages: serve them, give passwords.")
app.add_typer(desk, name="desk")

District = Annotated[Path | None, typer.Option(help="Folder that holds a district.yml.")]
AsOf = Annotated[str | None, typer.Option(help="The day that counts as today, like 2026-03-02.")]


def main() -> None:
    """Run the command line; an error that a person can put right is said without a traceback."""
    # dbt and Airflow make millions of objects that stay; Python would look for garbage among them all the time.
    gc.set_threshold(*COLLECTIONS)
    try:
        app(prog_name="./schoolhouse")
    except SchoolhouseError as error:
        sys.stderr.write(f"\n{error}\n")
        sys.exit(1)


def _choose_district(path: Path | None) -> None:
    if path is not None:
        os.environ["SCHOOLHOUSE_DISTRICT"] = str(path.resolve())


def _today(given: str | None) -> dt.date:
    """The day to work as of: asked for, else the district's, else the clock, here at the edge only."""
    from include.districts import load_district

    if given:
        return _date(given)
    return load_district().as_of or dt.datetime.now().astimezone().date()


def _date(text: str) -> dt.date:
    return _day(text, "--as-of")


def _day(text: str, option: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise SchoolhouseError(f"{option} {text} is not a date: write it like 2026-03-02.") from None


@app.command()
def run(district: District = None, as_of: AsOf = None) -> None:
    """Take a district from its sources to the lists, and say what happened."""
    from include.commands.run import run_district

    _choose_district(district)
    run_district(_today(as_of))


@app.command()
def up(district: District = None) -> None:
    """Start PostgreSQL and Airflow, with the DAGs on their schedules."""
    from include.commands.services import bring_up

    _choose_district(district)
    bring_up(_today(None))


@app.command()
def down() -> None:
    """Stop Airflow and PostgreSQL."""
    from include.commands.services import take_down

    take_down()


@app.command()
def status(district: District = None) -> None:
    """What runs, what was loaded last, what is late, odd or in quarantine, and the last lists."""
    from include.commands.services import show_status

    _choose_district(district)
    show_status(_today(None))


@app.command()
def prepare(district: District = None, as_of: AsOf = None) -> None:
    """Make and migrate the databases, and write a generated district's feeds; `run` and `up` do it too."""
    from include.commands.serving import warehouse_server
    from include.orchestration.prepare import prepare as prepare_all

    _choose_district(district)
    with warehouse_server():
        prepare_all(_today(as_of), typer.echo)


@app.command()
def land(
    feed: Annotated[list[str] | None, typer.Option(help="A feed to land; may be given again. Else all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would land; write nothing.")] = False,
    accept_drop: Annotated[
        list[str] | None, typer.Option(help="A feed whose rows may disappear this once; may be given again.")
    ] = None,
    district: District = None,
    as_of: AsOf = None,
) -> None:
    """Land feeds from their sources, or say what would land and what would be refused."""
    from rich.console import Console

    from include.commands.land import land as land_feeds

    _choose_district(district)
    land_feeds(feed or [], _today(as_of), dry_run, accept_drop or [], Console(highlight=False))


@app.command()
def build(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Marts to build, of an earlier day only; else all.")
    ] = None,
    district: District = None,
    as_of: Annotated[str | None, typer.Option(help="An earlier day: its marts get schemas of their own.")] = None,
    full: Annotated[
        bool, typer.Option(help="Make everything anew, also facts that grow and where nothing has landed.")
    ] = False,
) -> None:
    """Build the marts from what has landed, as of the newest day or of an earlier one."""
    from rich.console import Console

    from include.commands.marts import build_marts

    _choose_district(district)
    build_marts(_date(as_of) if as_of else None, tables or [], full, Console(highlight=False))


@app.command()
def onboard(
    place: Annotated[str, typer.Argument(metavar="PATH_OR_URL", help="A sample file.")],
    contract: Annotated[str, typer.Option(help="What its rows are, as sis.student.")],
    name: Annotated[str | None, typer.Option(help="Name of the feed, as sis.student; else the contract's.")] = None,
    member: Annotated[str | None, typer.Option(help="File of a zip; else the one that fits best.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; else the one that fits best.")] = None,
) -> None:
    """Draft a feed for district.yml from a sample file, with how sure each line is."""
    from include.commands.onboard import onboard as draft

    draft(place, contract, name, member, sheet)


@app.command(hidden=True)
def service(name: str) -> None:
    """Become one of Airflow's services; `up` and docker-compose.yml start them so."""
    from include.orchestration.services import become

    become(name)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context,
    district: District = None,
    as_role: Annotated[
        str | None, typer.Option(help="Begin in this role of docs/access.md; without it, as the owner of everything.")
    ] = None,
) -> None:
    """Open psql on the warehouse; what follows goes to psql."""
    from include.commands.psql import open_psql

    _choose_district(district)
    raise typer.Exit(open_psql(context.args, as_role))


@app.command()
def check() -> None:
    """Lint, format, types, dbt parse and SQL lint: all of them, whatever the first one says."""
    from include.commands.quality import run_checks

    raise typer.Exit(run_checks())


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(
    context: typer.Context,
    checks: Annotated[bool, typer.Option("--check/--no-check", help="Run `check` first.")] = True,
    everything: Annotated[bool, typer.Option("--all", help="The slow tests too.")] = False,
) -> None:
    """Run the checks and the tests; what follows goes to pytest."""
    from include.commands.quality import run_checks, run_tests

    failed = run_checks() if checks else 0
    raise typer.Exit(run_tests(context.args, everything) or failed)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder to write the feeds to.")],
    students: Annotated[
        int, typer.Option(help="About how many in each year; schools, staff and money follow.")
    ] = 14_500,
    years: Annotated[int, typer.Option(help="School years up to the day, its own included.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 7,
    as_of: Annotated[str, typer.Option(help="Last day of the generated data.")] = "2026-03-02",
    night: Annotated[
        int | None, typer.Option(min=1, help="Write only what this many nights later would bring.")
    ] = None,
    dirt: Annotated[bool, typer.Option(help="Plant the faults that real exports have.")] = True,
) -> None:
    """Write the feeds of a generated district, and truth.json with everything planted in them."""
    from include.commands.demo import write_demo

    write_demo(out, students=students, years=years, seed=seed, as_of=_date(as_of), night=night, dirt=dirt)


OfFeed = Annotated[str | None, typer.Option("--feed", help="Only this feed, as sis.student.")]


@quarantine.command("list")
def quarantine_list(feed: OfFeed = None, district: District = None) -> None:
    """How many rows wait, by feed, reason and column; no values."""
    from include.commands.quarantine import list_reasons

    _choose_district(district)
    list_reasons(feed)


@quarantine.command("show")
def quarantine_show(
    feed: OfFeed = None,
    load: Annotated[int | None, typer.Option(help="All rows of this load, resolved ones too.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The most rows to show.")] = 20,
    district: District = None,
) -> None:
    """Rows with their whole text, so with what it says of persons."""
    from include.commands.quarantine import show_rows

    _choose_district(district)
    show_rows(feed, load, limit)


@quarantine.command("replay")
def quarantine_replay(
    feed: Annotated[str, typer.Option(help="The feed, as sis.student.")],
    district: District = None,
    as_of: AsOf = None,
) -> None:
    """Try a feed's rows again, once its mapping in district.yml was put right."""
    from include.commands.quarantine import replay_rows

    _choose_district(district)
    replay_rows(feed, _today(as_of))


@app.command()
def release(district: District = None) -> None:
    """Release the newest marts to leaders: protect, attack, swap in. Minutes the first time, then what changed."""
    from include.commands.privacy import make_release

    _choose_district(district)
    make_release()


@privacy.command("attack")
def privacy_attack(
    role: Annotated[str, typer.Option(help="Whose reading to take.")] = "district_leader", district: District = None
) -> None:
    """Try to work out what is withheld from all that a role can read; ends with 1 where anything is found."""
    from include.commands.privacy import attack_release

    _choose_district(district)
    attack_release(role)


Out = Annotated[Path, typer.Option(help="Folder for the files.")]


@submission.command("freeze")
def submission_freeze(
    name: str,
    tables: Annotated[list[str], typer.Argument(metavar="TABLE...", help="Marts, as msr_chronic_absence.")],
    as_of: Annotated[str, typer.Option(help="A day before the newest that has landed.")],
    out: Out = Path("submissions"),
    district: District = None,
) -> None:
    """Build marts as of a day, write them as CSV, and remember how to have the same bytes again."""
    from rich.console import Console

    from include.commands.marts import freeze_submission

    _choose_district(district)
    freeze_submission(name, tables, _date(as_of), out, Console(highlight=False))


@submission.command("rebuild")
def submission_rebuild(name: str, out: Out = Path("submissions-again"), district: District = None) -> None:
    """Make a submission again, and say whether its bytes are those that were frozen."""
    from rich.console import Console

    from include.commands.marts import rebuild_submission

    _choose_district(district)
    rebuild_submission(name, out, Console(highlight=False))


@submission.command("list")
def submission_list(district: District = None) -> None:
    """Every submission, with its day and its tables."""
    from rich.console import Console

    from include.commands.marts import list_submissions

    _choose_district(district)
    list_submissions(Console(highlight=False))


@access.command("list")
def access_list(district: District = None) -> None:
    """Who holds which role today, why, and until when."""
    from include.commands.access import list_holders

    _choose_district(district)
    list_holders()


@access.command("grant")
def access_grant(
    login: str,
    role: str,
    until: Annotated[str, typer.Option(help="Last day; what is given by hand always ends.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    school: Annotated[str | None, typer.Option(help="The school, for a role that sees its own only.")] = None,
    district: District = None,
) -> None:
    """Give a role by hand, beside what contracts and jobs give."""
    from include.commands.access import grant_role

    _choose_district(district)
    grant_role(login, role, school, _day(until, "--until"), reason)


@access.command("revoke")
def access_revoke(login: str, role: str, district: District = None) -> None:
    """Take back what was given by hand."""
    from include.commands.access import revoke_role

    _choose_district(district)
    revoke_role(login, role)


@access.command("sync")
def access_sync(district: District = None) -> None:
    """Let every login have the roles that it holds today, and no others; each night does it too."""
    from include.commands.access import sync

    _choose_district(district)
    sync()


@access.command("login")
def access_login(name: str, district: District = None) -> None:
    """Give a login that holds a role a new password, and print it: for a laptop without single sign-on."""
    from include.commands.access import give_password

    _choose_district(district)
    give_password(name)


@desk.callback()
def desk_serve(context: typer.Context, district: District = None) -> None:
    """Serve the intervention teams' pages until interrupted; `up` does it in the background."""
    from include.commands.desk import serve

    _choose_district(district)
    if context.invoked_subcommand is None:
        serve()


@desk.command("password")
def desk_password(login: str) -> None:
    """Let a login that holds a role sign in at the desk with a password, which is asked for."""
    from include.commands.desk import give_password

    give_password(login)


@desk.command("samples")
def desk_samples() -> None:
    """Make an account for each role on a generated district; the passwords go to a file that only you can read."""
    from include.commands.desk import make_samples

    make_samples()


@flags.command("table")
def flags_table(district: District = None, as_of: AsOf = None) -> None:
    """Each later year that could be tested: every method at the real seats, with intervals over schools."""
    from include.commands.flags import show_table

    _choose_district(district)
    show_table(_today(as_of))


@flags.command("release")
def flags_release(
    by: Annotated[str, typer.Option(help="Who releases.")],
    reason: Annotated[str, typer.Option(help="Why it may go out although a check held it.")],
    district: District = None,
    as_of: AsOf = None,
) -> None:
    """Release a list that the checks held. A blocked one is released by nobody."""
    from include.commands.flags import release_held

    _choose_district(district)
    release_held(_today(as_of), by, reason)


@flags.command("outcomes")
def flags_outcomes(district: District = None, as_of: AsOf = None) -> None:
    """What came of the lists that went out, by the outcomes known since; a model that the rule beat is demoted."""
    from include.commands.flags import show_outcomes

    _choose_district(district)
    show_outcomes(_today(as_of))


@flags.command("train")
def flags_train(district: District = None, as_of: AsOf = None) -> None:
    """Train and register a model, and score nobody: to have one that could be the next challenger."""
    from include.commands.flags import train_only

    _choose_district(district)
    train_only(_today(as_of))


@flags.command("challenge")
def flags_challenge(
    model: Annotated[str, typer.Argument(help="The model_id, as `flags train` and the model card say it.")],
    by: Annotated[str, typer.Option(help="Who puts it forward.")],
    reason: Annotated[str, typer.Option(help="Why it is worth watching.")],
    district: District = None,
    as_of: AsOf = None,
) -> None:
    """Watch a model: it scores in shadow, and no list is made of it."""
    from include.commands.flags import challenge_with

    _choose_district(district)
    challenge_with(_today(as_of), model, by, reason)


@flags.command("promote")
def flags_promote(
    by: Annotated[str, typer.Option(help="Who approves.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    district: District = None,
    as_of: AsOf = None,
) -> None:
    """Let the challenger rank, where a term in shadow showed it better at the seats, as well calibrated and as fair."""
    from include.commands.flags import promote_challenger

    _choose_district(district)
    promote_challenger(_today(as_of), by, reason)


@flags.command("effect")
def flags_effect(district: District = None, as_of: AsOf = None) -> None:
    """What a seat was worth, estimated at the cut of each finished term's seats."""
    from include.commands.flags import show_effect

    _choose_district(district)
    show_effect(_today(as_of))


@flags.command("lottery")
def flags_lottery(district: District = None, as_of: AsOf = None) -> None:
    """Draw the enrichment programmes of the term; who was drawn before keeps the place."""
    from include.commands.flags import draw_lotteries

    _choose_district(district)
    draw_lotteries(_today(as_of))


@metrics.command("list")
def metrics_list(district: District = None) -> None:
    """Every metric, with what it can be grouped by."""
    from include.commands.metrics import show_metrics

    _choose_district(district)
    show_metrics()


@metrics.command("saved")
def metrics_saved(district: District = None) -> None:
    """Every saved query: the standard views, by name."""
    from include.commands.metrics import show_saved

    _choose_district(district)
    show_saved()


@metrics.command("explain")
def metrics_explain(name: str, district: District = None) -> None:
    """How a metric is worked out, of which tables and sources, and what it can be cut by."""
    from include.commands.metrics import show_explanation

    _choose_district(district)
    show_explanation(name)


@metrics.command("query")
def metrics_query(
    names: Annotated[list[str] | None, typer.Argument(metavar="METRIC...")] = None,
    saved: Annotated[str | None, typer.Option(help="A saved query instead of metrics.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Dimension to group by; may be given again.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Condition on a dimension; may be given again.")] = None,
    order: Annotated[list[str] | None, typer.Option(help="Column to sort by; a minus in front: descending.")] = None,
    limit: Annotated[int | None, typer.Option(min=1)] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Comma-separated values instead of a table.")] = False,
    district: District = None,
    as_of: Annotated[str | None, typer.Option(help="The day on which the marts must stand.")] = None,
    as_role: Annotated[
        str | None,
        typer.Option(help="Answer as for district_leader, principal or intervention_team: with what is released."),
    ] = None,
) -> None:
    """Ask for metrics, as `metrics query chronic_absence_rate --by subgroup`."""
    from include.commands.metrics import show_query

    _choose_district(district)
    day = _date(as_of) if as_of else None
    show_query(names or [], saved, by or [], where or [], order or [], limit, day, csv, as_role)


if __name__ == "__main__":
    main()
