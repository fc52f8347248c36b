"""The drift job: compare with last year's same time and write the release decision."""

import datetime as dt
import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlalchemy import Connection, RowMapping, delete, insert, select, text

from include.errors import SchoolhouseError
from include.reports import write_report
from include.warehouse.engine import warehouse_engine
from ml import registry
from ml.config import Experiment, load_experiment
from ml.drift import events, evidently_report
from ml.drift.arrival import missing_feeds
from ml.drift.checks import BLOCK, HOLD, NO_REFERENCE, PASS, WARN, Check, failing, verdict_of
from ml.drift.distance import chance_distance, distance, share_chance
from ml.drift.feed import FEEDS, closed_schools, compare, feature_nulls, longest_gap, moved_shares, read_state
from ml.drift.history import write_index
from ml.fairness.audit import latest_group_year, read_groups
from ml.features import build_frames
from ml.features.build import cohort_source
from ml.lists.build import last_list_seats, read_scores, scores_sha256, seats_for
from ml.lists.rank import ranked
from ml.score import score_rows
from ml.sites import site_capacity
from ml.store import copy_rows, frame_sha256, report_folder, sha256_of
from models import ml as tables

log = logging.getLogger(__name__)

PAGE, EVIDENTLY = "drift.html", "drift_evidently.html"
FALSE_ALARMS = 0.01
MEANING = {
    PASS: "the list may be released.",
    HOLD: "the last list stays, marked stale, until a named person releases this one with a reason.",
    BLOCK: "nothing is released until the feed is whole again.",
}


@dataclass(frozen=True)
class DriftResult:
    """The verdict (pass, hold, block), what stands against a release, and the page that tells.

    inputs_sha256: hash of everything that was compared; who releases a held list says that it is about this.
    """

    as_of: dt.date
    verdict: str
    failing: list[str]
    report_path: Path
    inputs_sha256: str


def run(as_of: dt.date) -> DriftResult:
    """Check feeds, features, risk and groups as of a date, and write ml.drift_check and ml.release_decision.

    Compared with the same instructional day last year. A repeat on the same inputs changes nothing, and a
    person's release is kept. Raises SchoolhouseError where the date is not scored yet.
    """
    started = time.monotonic()
    experiment = load_experiment()
    with warehouse_engine("ml").begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.ml'))"))
        result = _run(connection, experiment, as_of)
    log.info("Drift as of %s: %s in %.1f s", as_of, result.verdict, time.monotonic() - started)
    return result


def reference_date(connection: Connection, experiment: Experiment, as_of: dt.date) -> dt.date:
    """The day last year before which as many instructional days lay as before `as_of` this year.

    Without attendance, or where last year had fewer days, the same day of the calendar.
    """
    year = experiment.school_year(as_of)
    same_day = experiment.as_of_in(as_of, year - 1)
    if cohort_source(connection, experiment) != "enrollment":
        return same_day
    days = connection.execute(
        text(
            "select on_date, school_year, min(known_on) as known_on from marts.fct_submitted_day_version "
            "where school_year in (:year, :year - 1) and known_on < :as_of "
            "and (superseded_on is null or superseded_on >= :as_of) group by 1, 2 order by 1"
        ),
        {"year": year, "as_of": as_of},
    ).all()
    count = sum(day.school_year == year and day.on_date < as_of for day in days)
    before = [max(day.on_date, day.known_on) for day in days if day.school_year == year - 1][:count]
    if not count or len(before) < count:
        return same_day
    # The first morning on which as many days were known.
    return max(before) + dt.timedelta(days=1)


def _run(connection: Connection, experiment: Experiment, as_of: dt.date) -> DriftResult:
    model = registry.current(connection, as_of, experiment.elt_term(as_of))
    reference = reference_date(connection, experiment, as_of)
    folder = report_folder(as_of)
    checks: list[Check] = []
    frames = build_frames(connection, experiment, sorted({reference, as_of}), as_of)
    now, then = frames.at(as_of), frames.at(reference)
    closed = closed_schools(connection, as_of)
    same_day = experiment.as_of_in(as_of, experiment.school_year(as_of) - 1)
    # Where nobody is enrolled any more, no attendance or mark is expected; that the school's students are
    # gone is for the checks of enrolments and assessments to judge.
    deserted = set(then["school_id"]) - set(now["school_id"])
    for rule in FEEDS:
        now_state, then_state = read_state(connection, rule, as_of), read_state(connection, rule, reference)
        moved = moved_shares(connection, rule, as_of, reference)
        checks += compare(
            rule,
            now_state,
            then_state,
            as_of,
            reference,
            closed | (deserted if rule.follows_cohort else set()),
            moved,
            longest_gap(connection, rule, same_day, as_of),
            experiment,
        )
    checks += missing_feeds(connection, as_of)
    scores = read_scores(connection, experiment, as_of)
    if set(scores["student_id"]) != set(now["student_id"]):
        raise SchoolhouseError(
            f"The students enrolled as of {as_of} are not those that were scored: the marts changed since. "
            "Run the scoring job for that date again."
        )
    groups = read_groups(connection, latest_group_year(connection, experiment.school_year(as_of)))
    old_groups = read_groups(connection, latest_group_year(connection, experiment.school_year(as_of) - 1))
    last = last_list_seats(connection, experiment, as_of)
    inputs = sha256_of(
        registry.code_sha256(),
        experiment.as_dict(),
        model["model_id"],
        [vars(check) for check in checks],
        [frame_sha256(frame) for frame in (now, then, scores, groups, old_groups)],
        sorted(last),
    )
    table = tables.release_decision
    standing = connection.execute(select(table).where(table.c.as_of == as_of)).first()
    page = folder / PAGE
    if standing is not None and standing.inputs_sha256 == inputs and page.exists():
        return DriftResult(as_of, standing.verdict, list(standing.failing), page, inputs)
    has_evidently = False
    if then.empty:
        checks.append(
            Check(
                "features",
                "reference",
                "",
                None,
                None,
                NO_REFERENCE,
                f"no reference: no student is known as of {reference}, the same time last year, so nothing "
                "could be compared; a person must look before the first list is released",
            )
        )
    else:
        artifact = registry.open_ranking(connection, model)
        before = score_rows(artifact, then, experiment, frames.source)
        after = scores.set_index("student_id").loc[now["student_id"]].reset_index()
        checks += feature_nulls(now, then, list(model["features"]), experiment)
        checks += _distances(now, then, after, before, list(model["features"]), experiment, folder / EVIDENTLY)
        has_evidently = True
        checks += _flagged(after, before, experiment)
        checks += _groups(after, before, groups, old_groups, experiment)
        checks += _overlap(connection, experiment, as_of, after, last)
    return _decide(connection, as_of, reference, model, checks, inputs, scores_sha256(scores), page, has_evidently)


def _distances(
    now: pd.DataFrame,
    then: pd.DataFrame,
    after: pd.DataFrame,
    before: pd.DataFrame,
    features: list[str],
    experiment: Experiment,
    path: Path,
) -> list[Check]:
    """Distance of every feature and of the risk from last year's: the risk and leading features hold, others warn."""
    setting = experiment.drift
    school = then["school_id"].to_numpy().astype(str)
    # Holm's first step: with m features looked at together, each may raise a false alarm m times less.
    level = 1 - FALSE_ALARMS / max(len(features), 1)
    thresholds = {
        name: max(
            setting["feature_minimum"],
            chance_distance(then[name].to_numpy(float), school, setting["draws"], level),
        )
        for name in features
    }
    risk = before["risk"].to_numpy(float)
    thresholds["risk"] = max(
        setting["score_minimum"], chance_distance(risk, school, setting["draws"], 1 - FALSE_ALARMS)
    )
    values = evidently_report.compare(
        now[features].assign(risk=after["risk"].to_numpy(float)),
        then[features].assign(risk=risk),
        thresholds,
        path,
    )
    checks = []
    for name, value in values.items():
        is_risk = name == "risk"
        is_fine = value <= thresholds[name]
        checks.append(
            Check(
                "score" if is_risk else "features",
                "distance",
                name,
                value,
                thresholds[name],
                PASS if is_fine else HOLD if is_risk or name in experiment.features["leading"] else WARN,
                f"{'the risk' if is_risk else f'feature {name}'} lies {value:.2f} standard deviations from last "
                f"year's; {thresholds[name]:.2f} is allowed",
            )
        )
    return checks


def _flagged(after: pd.DataFrame, before: pd.DataFrame, experiment: Experiment) -> list[Check]:
    """Difference in the share of students in the highest band."""
    begins = max(experiment.evaluation["bands"].values())
    now, then = (after["risk"] >= begins).to_numpy(), (before["risk"] >= begins).to_numpy()
    value = abs(float(now.mean()) - float(then.mean()))
    allowed = max(
        experiment.drift["flagged_share_minimum"],
        share_chance(then, before["school_id"].to_numpy().astype(str), experiment.drift["draws"], 1 - FALSE_ALARMS),
    )
    return [
        Check(
            "score",
            "flagged_share",
            "",
            value,
            allowed,
            PASS if value <= allowed else HOLD,
            f"{now.mean():.1%} of students have a risk of {begins:.0%} or more, last year {then.mean():.1%}",
        )
    ]


def _groups(
    after: pd.DataFrame,
    before: pd.DataFrame,
    groups: pd.DataFrame,
    old_groups: pd.DataFrame,
    experiment: Experiment,
) -> list[Check]:
    """Distance of the risk within groups large enough to tell."""
    setting = experiment.drift
    now, then = after.merge(groups, on="student_id"), before.merge(old_groups, on="student_id")
    sizes = now.groupby(["kind", "subgroup"]).size()
    old_sizes = then.groupby(["kind", "subgroup"]).size()
    names = [
        name
        for name in sizes.index.intersection(old_sizes.index)
        if min(sizes[name], old_sizes[name]) >= setting["group_min"]
    ]
    checks = []
    for kind, group in names:
        new = now.loc[(now["kind"] == kind) & (now["subgroup"] == group)]
        old = then.loc[(then["kind"] == kind) & (then["subgroup"] == group)]
        risk = old["risk"].to_numpy(float)
        value = distance(new["risk"].to_numpy(float), risk)
        allowed = max(
            setting["score_minimum"],
            chance_distance(
                risk, old["school_id"].to_numpy().astype(str), setting["draws"], 1 - FALSE_ALARMS / len(names)
            ),
        )
        checks.append(
            Check(
                "groups",
                "distance",
                f"{kind}:{group}",
                value,
                allowed,
                PASS if value is None or value <= allowed else HOLD,
                f"the risk of {kind} {group} lies {value or 0:.2f} standard deviations from last year's",
            )
        )
    return checks


def _overlap(
    connection: Connection, experiment: Experiment, as_of: dt.date, after: pd.DataFrame, last: set[str]
) -> list[Check]:
    """Share of the last list's seats that the same students would have again."""
    if not last:
        return []
    seats = seats_for(after, experiment, site_capacity(connection, experiment, as_of))
    order = ranked(after.assign(as_of=as_of), after["priority"].to_numpy(float), experiment.seed)
    cut = order["school_id"].map(seats.ranked)
    listed = set(order.loc[order["rank"] <= cut, "student_id"])
    value = len(listed & last) / len(last)
    allowed = experiment.drift["list_overlap"]
    return [
        Check(
            "score",
            "list_overlap",
            "",
            value,
            allowed,
            PASS if value >= allowed else HOLD,
            f"{value:.0%} of the students with a seat on the last list would have one again",
        )
    ]


def _decide(
    connection: Connection,
    as_of: dt.date,
    reference: dt.date,
    model: RowMapping,
    checks: list[Check],
    inputs: str,
    scores: str,
    page: Path,
    has_evidently: bool,
) -> DriftResult:
    """Write the checks, the page and the decision."""
    verdict, against = verdict_of(checks), failing(checks)
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(["j2", "html"])
    ).get_template("page.html.j2")
    write_report(
        page,
        template.render(
            as_of=as_of,
            verdict=verdict,
            meaning=MEANING[verdict],
            failing=against,
            reference=f"Compared with {reference}, the same instructional day last year.",
            has_evidently=has_evidently,
            evidently=EVIDENTLY,
            checks=checks,
        ),
    )
    connection.execute(delete(tables.drift_check).where(tables.drift_check.c.as_of == as_of))
    columns = ["as_of", *Check.__dataclass_fields__]
    copy_rows(
        connection,
        tables.drift_check,
        columns,
        ((as_of, *(_finite(getattr(check, name)) for name in columns[1:])) for check in checks),
    )
    table = tables.release_decision
    connection.execute(delete(table).where(table.c.as_of == as_of))
    connection.execute(
        insert(table).values(
            as_of=as_of,
            verdict=verdict,
            failing=against,
            inputs_sha256=inputs,
            scores_sha256=scores,
            model_id=model["model_id"],
            report_path=f"{as_of.isoformat()}/{PAGE}",
            released_by="gate" if verdict == PASS else None,
        )
    )
    decision = connection.execute(select(table).where(table.c.as_of == as_of)).one()
    events.record(connection, decision, "decided", decision.released_by, None)
    write_index(connection)
    return DriftResult(as_of, verdict, against, page, inputs)


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not np.isfinite(value) else value
