"""What `./schoolhouse flags …` shows and does."""

import datetime as dt

from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from include.warehouse.engine import warehouse_engine


def _figure(value: float | None, low: float | None = None, high: float | None = None) -> str:
    if value is None:
        return "n/a"
    return f"{value:.3f}" if low is None or high is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def show_table(as_of: dt.date) -> None:
    """Train and test if that was not done yet, then print every test year against each baseline."""
    from ml.evaluation.gate import METHODS
    from ml.evaluation.plots import NAMES
    from ml.pipeline import score
    from models.ml import evaluation

    result = score(as_of)
    with warehouse_engine().connect() as connection:
        rows = connection.execute(select(evaluation).where(evaluation.c.model_id == result.model_id)).all()
    figures = {(row.test_year, row.subset, row.method, row.metric): row for row in rows}
    console = Console(highlight=False)
    parts = sorted(
        {
            (row.test_year, row.subset)
            for row in rows
            if row.metric == "precision" and row.subset.partition(":")[0] in ("all", "district")
        },
        key=lambda part: (-part[0], part[1] != "all", part[1]),
    )
    for year, subset in parts:
        of = "every school" if subset == "all" else subset.replace(":", " ")
        table = Table(title=f"Test year {year}, {of}: at the real seats, 95 % intervals over schools")
        for heading in ("method", "precision", "recall", "lift", "average precision", "gain over the best simpler"):
            table.add_column(heading, justify="left" if heading == "method" else "right")
        for method in METHODS:
            own = {
                metric: figures.get((year, subset, method, metric))
                for metric in ("recall", "lift", "average_precision")
            }
            precision = figures.get((year, subset, method, "precision"))
            gain = next(
                (
                    row
                    for (when, where, who, metric), row in figures.items()
                    if (when, where, who) == (year, subset, method) and metric.startswith("gain_over_")
                ),
                None,
            )
            table.add_row(
                NAMES[method],
                "n/a" if precision is None else _figure(precision.value, precision.low, precision.high),
                *("n/a" if row is None else _figure(row.value) for row in own.values()),
                "" if gain is None else _figure(gain.value, gain.low, gain.high),
            )
        console.print(table)
    console.print(f"Ranks now: {NAMES[result.algorithm]} ({result.shipped}). Model card: {result.card_path}")


def release_held(as_of: dt.date, by: str, reason: str) -> None:
    """Release a held list and publish it."""
    from ml.drift.release import release
    from ml.pipeline import publish

    release(as_of, by, reason)
    result = publish(as_of)
    Console(highlight=False).print(f"{by} released the list of {as_of}: {result.version}")


def show_outcomes(as_of: dt.date) -> None:
    """Judge every released list whose outcomes are known, and print its precision and bands."""
    from ml.outcome.run import compare, run

    console = Console(highlight=False)
    result = run(as_of)
    for version, found in result.figures.items():
        table = Table(title=f"{version}: what came of it")
        for heading in ("method", "precision (95 %)", "recall", "lift", "calibration error", "slope"):
            table.add_column(heading, justify="left" if heading == "method" else "right")
        of = {(method, figure.metric, figure.subset): figure for method, figure in found}
        for method in dict.fromkeys(method for method, _ in found):
            whole = of[method, "precision", "all"]
            rest = [
                of.get((method, metric, "all"))
                for metric in ("recall", "lift", "calibration_error", "calibration_slope")
            ]
            cells = ["" if figure is None else _figure(figure.value) for figure in rest]
            table.add_row(method, _figure(whole.value, whole.low, whole.high), *cells)
        console.print(table)
        for _, figure in found:
            if figure.metric == "realised_rate":
                band = figure.subset.partition(":")[2]
                console.print(f"  {band}: {_figure(figure.value if figure.n >= 10 else None)} had an outcome")
    if not result.figures:
        console.print("No list has gone out yet whose outcomes are known.")
    for version in result.open_lists:
        console.print(f"Not judged: {version}; its window is open, or its day was scored again by another model.")
    for model_id, reason in result.demoted.items():
        console.print(f"[bold]{model_id} is demoted, and the rule ranks:[/bold] {reason}.")
    if has_challenger(as_of):
        found_of = compare(as_of)
        console.print(f"Challenger {found_of.model_id}: {_conditions(found_of.failing)}")
    console.print(f"Page: {result.path}")


def has_challenger(as_of: dt.date) -> bool:
    """Whether a model is watched."""
    from ml.champion import standing

    with warehouse_engine("ml").connect() as connection:
        return standing(connection, as_of).challenger is not None


def _conditions(failing: list[str]) -> str:
    return f"may not be promoted: {'; '.join(failing)}." if failing else "meets every condition of a promotion."


def train_only(as_of: dt.date) -> None:
    """Train, register, and say what it is called."""
    from ml.score import train

    Console(highlight=False).print(f"Registered: {train(as_of)}")


def challenge_with(as_of: dt.date, model_id: str, by: str, reason: str) -> None:
    """Put a model forward as the challenger."""
    from ml.outcome.run import challenge

    challenge(as_of, model_id, by, reason)
    Console(highlight=False).print(f"{model_id} is scored in shadow from {as_of} on.")


def promote_challenger(as_of: dt.date, by: str, reason: str) -> None:
    """Promote the challenger and print what it rests on."""
    from ml.outcome.run import promote

    console = Console(highlight=False)
    found = promote(as_of, by, reason)
    evidence = found.evidence
    console.print(
        f"{found.model_id} ranks from {as_of} on, approved by {by}. Precision at the seats "
        f"{_figure(evidence['precision'])} against {_figure(evidence['precision_of_champion'])}; gain "
        f"{_figure(evidence['gain'], evidence['gain_low'], evidence['gain_high'])}."
    )
    unknown = [group for group, lost in evidence["true_positive_rate_lost"].items() if lost is None]
    if unknown:
        console.print(f"Too few had an outcome to tell whether it loses them: {', '.join(unknown)}.")


def show_effect(as_of: dt.date) -> None:
    """Estimate the effect of every finished term and print it."""
    from ml.effect.run import run

    console = Console(highlight=False)
    found = run(as_of)
    if not found:
        console.print("No term of extended learning time was over by then, or none had its cut in a score.")
    for (program, term), estimates in found.items():
        table = Table(title=f"{program}, {'every finished term' if term == 'all' else term}: jump at the seat cut")
        for heading in ("what", "estimate (95 %)", "least detectable", "students below, above"):
            table.add_column(heading)
        for effect in estimates:
            table.add_row(
                MEANING[effect.estimand],
                effect.status if effect.value is None else _figure(effect.value, effect.low, effect.high),
                _figure(effect.minimum_detectable),
                f"{effect.below}, {effect.above}",
            )
        console.print(table)


def draw_lotteries(as_of: dt.date) -> None:
    """Draw every enrichment programme of the term and say how many have a seat."""
    from ml.lists.lottery import run

    console = Console(highlight=False)
    results = run(as_of)
    if not results:
        console.print("Nobody has asked for enrichment in this term.")
    for result in results:
        console.print(
            f"{result.program}: {result.requests} asked, {result.seats} seats, {result.seated} have one, "
            f"{result.waitlist} wait ({'drawn' if result.changed else 'as before'}: {result.version})"
        )


MEANING = {
    "offer": "points for an offer at once (intention to treat)",
    "seat": "points for a seat taken",
    "hour": "points for an hour attended",
    "before": "the same before the term (must hold 0)",
    "density": "p that nobody was moved over the cut",
}
