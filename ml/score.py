"""The scoring job: features, training and evaluation with a registry row, and one score per student."""

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, RowMapping, delete, func, insert, select, text

from include.errors import SchoolhouseError
from include.reports import write_report
from include.warehouse.engine import warehouse_engine
from ml import champion, registry
from ml.config import ALL_GRADES, Experiment, load_experiment
from ml.evaluation.backtest import (
    Judged,
    Roll,
    Split,
    combined_risk,
    final_split,
    fit,
    has_enough_history,
    run_roll,
    splits,
    years_of,
)
from ml.evaluation.card import MEASURES, CardFacts, band_of, band_rows, grade_band_rows, render
from ml.evaluation.drivers import METRIC, effect_figures, shown_candidate
from ml.evaluation.gate import ABC_RULE, METHODS
from ml.fairness.audit import Figure, audit, latest_group_year, proxy_figures, read_groups
from ml.features import Frames, build_frames
from ml.features.build import counted_outcomes, past_dates
from ml.lists.overrides import overrides_by_group
from ml.lists.rank import DECIMALS
from ml.lists.reasons import reasons
from ml.sites import districts_of, site_capacity
from ml.store import copy_rows, frame_sha256, report_folder, sha256_of
from ml.training.artifact import Artifact, dump
from ml.training.enough import Band, band_names, bands_in, usable_outcomes
from ml.training.rule import abc_priority, fit_rule
from models import lists
from models import ml as tables

log = logging.getLogger(__name__)

SCORED, INSUFFICIENT, NO_OUTCOME = "scored", "insufficient_history", "no_outcome_in_grade"
CARD = "model_card.html"


@dataclass(frozen=True)
class ScoreResult:
    """What a run of the scoring job left behind.

    cohort = scored + rule_based (too little history for a model). shipped: model or rule.
    precision: by method at the seats of the newest test year, empty where no year could be tested;
    gain, gain_low, gain_high: of the strongest candidate over the best simpler method.
    has_trained: whether this run trained, or found everything done.
    """

    as_of: dt.date
    elt_term: str
    model_id: str
    cohort: int
    scored: int
    rule_based: int
    shipped: str
    algorithm: str
    test_year: int | None
    precision: dict[str, float | None]
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    needs_review: list[str]
    card_path: Path
    has_trained: bool


def run(as_of: dt.date) -> ScoreResult:
    """Score everybody enrolled on `as_of` by facts known before it, and in shadow by the challenger, if there is one.

    The champion ranks that a person promoted. Without one, trains once per code, data and experiment. Everything is
    written in one transaction, so the job can be killed and repeated. Raises SchoolhouseError where there is nobody to
    score or the artifact was changed.
    """
    started = time.monotonic()
    with _locked() as connection:
        result = _run(connection, load_experiment(), as_of)
    log.info(
        "Scored %d students as of %s by %s in %.1f s",
        result.cohort,
        as_of,
        result.algorithm,
        time.monotonic() - started,
    )
    return result


def train(as_of: dt.date) -> str:
    """Train and register as of a date, and score nobody; returns the model_id. Raises as `run` does."""
    experiment = load_experiment()
    with _locked() as connection:
        frames = _frames(connection, experiment, as_of, past_dates(connection, experiment, as_of))
        demotion = champion.standing(connection, as_of).demotion
        row, _ = _registered(connection, experiment, frames, as_of, demotion)
    return str(row["model_id"])


@contextmanager
def _locked() -> Iterator[Connection]:
    """One transaction of the ML jobs' role, on one snapshot, while no other job of theirs runs."""
    with warehouse_engine("ml").connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            connection.execute(text("select pg_advisory_xact_lock(hashtext('schoolhouse.ml'))"))
            yield connection


def _frames(connection: Connection, experiment: Experiment, as_of: dt.date, past: list[dt.date]) -> Frames:
    """Features of the date and of `past`. Raises SchoolhouseError where nobody is to be scored."""
    frames = build_frames(connection, experiment, [*past, as_of], as_of, keep=True)
    if frames.at(as_of).empty:
        raise SchoolhouseError(
            f"Nobody is to be scored as of {as_of}: no student has "
            + ("an enrolment on that day" if frames.source == "enrollment" else "an assessment in the year before")
            + " that was known before it. Choose an --as-of within a school year that was loaded."
        )
    return frames


def _run(connection: Connection, experiment: Experiment, as_of: dt.date) -> ScoreResult:
    now = champion.standing(connection, as_of)
    # A champion is not trained anew, so it needs no past.
    past = past_dates(connection, experiment, as_of)
    frames = _frames(connection, experiment, as_of, [] if now.champion else past)
    cohort = frames.at(as_of)
    row = None if now.champion is None else registry.find(connection, now.champion)
    has_trained = False
    if row is None:
        row, has_trained = _registered(connection, experiment, frames, as_of, now.demotion)
    _write_scores(connection, experiment, frames, as_of, row)
    _write_shadow(connection, experiment, frames, as_of, now.challenger)
    path = report_folder(as_of) / CARD
    card = registry.card_of(row)
    if not path.exists() or path.read_text(encoding="utf-8") != card:
        write_report(path, card)
    metrics = row["metrics"]
    scored = (
        connection.scalar(
            select(func.count()).where(
                (tables.score.c.as_of == as_of)
                & (tables.score.c.elt_term == experiment.elt_term(as_of))
                & (tables.score.c.status == SCORED)
            )
        )
        or 0
    )
    return ScoreResult(
        as_of=as_of,
        elt_term=experiment.elt_term(as_of),
        model_id=row["model_id"],
        cohort=len(cohort),
        scored=scored,
        rule_based=len(cohort) - scored,
        shipped=row["shipped"],
        algorithm=row["algorithm"],
        test_year=metrics["test_year"],
        precision=metrics["precision"],
        gain=metrics["gain"]["value"],
        gain_low=metrics["gain"]["low"],
        gain_high=metrics["gain"]["high"],
        needs_review=row["needs_review"],
        card_path=path,
        has_trained=has_trained,
    )


def _registered(
    connection: Connection, experiment: Experiment, frames: Frames, as_of: dt.date, demotion: str | None
) -> tuple[RowMapping, bool]:
    """The registry row of this code, data and experiment, and whether it had to be trained."""
    capacity = site_capacity(connection, experiment, as_of)
    groups = {
        when: read_groups(connection, latest_group_year(connection, when))
        for when in sorted(int(value) for value in frames.rows["school_year"].unique())
    }
    overrides = _overrides(connection, as_of)
    data = sha256_of(frame_sha256(frames.rows), capacity, {when: frame_sha256(frame) for when, frame in groups.items()})
    name = registry.model_id(as_of, data, experiment.as_dict(), demotion)
    row = registry.find(connection, name)
    if row is not None:
        return row, False
    return _train(connection, experiment, frames, as_of, capacity, groups, name, data, demotion, overrides), True


def _overrides(connection: Connection, as_of: dt.date) -> pd.DataFrame:
    """How people decided on the newest earlier list, by group: kind, subgroup, decided, overridden, share."""
    table = lists.elt_list
    last = connection.execute(
        select(table.c.version, table.c.elt_term, table.c.as_of)
        .where(table.c.as_of < as_of)
        .order_by(table.c.as_of.desc(), table.c.superseded_by.is_(None).desc(), table.c.version)
        .limit(1)
    ).first()
    if last is None:
        return pd.DataFrame()
    year = load_experiment().school_year(last.as_of)
    return overrides_by_group(connection, last.version, read_groups(connection, latest_group_year(connection, year)))


def _train(
    connection: Connection,
    experiment: Experiment,
    frames: Frames,
    as_of: dt.date,
    capacity: dict[str, int] | None,
    groups: dict[int, pd.DataFrame],
    name: str,
    data: str,
    demotion: str | None,
    overrides: pd.DataFrame,
) -> RowMapping:
    """Test the candidates on later years, fit the winner on all labelled years and register it.

    demotion: why the rule ranks although a model may have won; the model is kept, so that it can be a challenger.
    """
    rows = frames.rows
    labelled_years = sorted(int(year) for year in rows.loc[rows["label"].notna(), "school_year"].unique())
    labelled = rows[rows["school_year"].isin(labelled_years)].reset_index(drop=True)
    rolls: list[Roll] = []
    district_of = districts_of(connection, as_of)
    for split in splits(labelled_years, experiment.training["rolls"]):
        folds = 0 if rolls else experiment.training["held_out_folds"]
        roll = run_roll(split, labelled, experiment, frames.source, capacity, district_of, folds)
        if roll is not None:
            rolls.append(roll)
    algorithm = rolls[0].winner if rolls else ABC_RULE
    learned = final_split(labelled_years)
    outcomes: list[str] = []
    bands: list[Band] = []
    model = None
    if learned is not None:
        learn = labelled[labelled["school_year"].isin(years_of(learned))]
        outcomes = usable_outcomes(learn, experiment)
        bands = bands_in(learn, outcomes, experiment)
    if algorithm != ABC_RULE and learned is not None and outcomes:
        model = fit(learned, algorithm, labelled, experiment, outcomes)
    may_rank = model is not None and demotion is None
    shipped = "model" if may_rank else "rule"
    algorithm = algorithm if may_rank else ABC_RULE
    rule = fit_rule(labelled)
    content, sha256 = dump(Artifact(rule, model))
    scores = score_rows(Artifact(rule, model if may_rank else None), frames.at(as_of), experiment, frames.source)
    figures: list[Figure] = []
    review: list[str] = []
    if rolls:
        found = audit(rolls[0], algorithm, groups[int(rolls[0].split.test or 0)], experiment)
        figures, review = list(found.figures), found.needs_review
        figures += effect_figures(rolls[0], shown_candidate(rolls[0], algorithm))
    year = experiment.school_year(as_of)
    figures += proxy_figures(frames.at(as_of), experiment.feature_names, groups[year])
    summary = _outcome_summary(labelled, bands, experiment)
    limits = _limits(experiment, frames, rolls, learned, outcomes, capacity)
    limits += _band_limits(experiment, bands)
    if demotion is not None:
        limits.append(f"The rule ranks, whatever the test says, until a person promotes a model: {demotion}")
    without = scores["status"] == NO_OUTCOME
    if without.any():
        grades = sorted(frames.at(as_of).loc[without.to_numpy(), "grade"].dropna().unique())
        limits.append(f"Too few outcomes are known for grade {', '.join(grades)}: the rule ranks there.")
    ids = {
        "model_id": name,
        "as_of": as_of.isoformat(),
        "elt_term": experiment.elt_term(as_of),
        "code_sha256": registry.code_sha256(),
        "data_sha256": data,
        "artifact_sha256": sha256,
    }
    features = list(model.features) if model is not None else list(experiment.feature_names)
    card = render(
        CardFacts(
            ids, shipped, algorithm, summary, rolls, figures, review, limits, learned, features, scores, overrides
        ),
        experiment,
    )
    values = {
        **ids,
        "as_of": as_of,
        "artifact": content,
        "shipped": shipped,
        "algorithm": algorithm,
        "first_as_of": labelled["as_of"].min() if len(labelled) else None,
        "last_as_of": labelled["as_of"].max() if len(labelled) else None,
        "features": features,
        "outcomes": summary,
        "metrics": _metric_summary(rolls, algorithm, scores),
        "groups": [vars(figure) for figure in figures],
        "limits": limits,
        "experiment": {**experiment.as_dict(), "source": frames.source},
        "needs_review": review,
        "card_path": f"{as_of.isoformat()}/{CARD}",
        "card": card,
    }
    connection.execute(insert(tables.model).values(values))
    evaluation = _evaluation_rows(name, rolls, algorithm, figures, year, experiment)
    if evaluation:
        connection.execute(insert(tables.evaluation), evaluation)
    row = registry.find(connection, name)
    if row is None:
        raise SchoolhouseError(f"The model {name} was not registered.")
    return row


def score_rows(artifact: Artifact, cohort: pd.DataFrame, experiment: Experiment, source: str) -> pd.DataFrame:
    """One row per student: student_id, school_id, status, risk, priority, band and method.

    Every student of `cohort` has one: by the model, or by the rule where there is no model, too little
    history, or no outcome was ever seen in the grade.
    """
    enough = has_enough_history(cohort, experiment, source)
    rule_risk = artifact.rule.risk(cohort)
    if artifact.model is None:
        risk, priority = rule_risk, abc_priority(cohort)
        method = np.where(enough, "rule", f"rule:{INSUFFICIENT}").astype(object)
        unseen = np.zeros(len(cohort), bool)
    else:
        risk, why = combined_risk(artifact.model, artifact.rule, cohort, experiment, source)
        priority = risk
        method = np.array([f"rule:{reason}" if reason else "model" for reason in why], dtype=object)
        unseen = why == NO_OUTCOME
    risk = np.round(np.clip(risk, 0, 1), DECIMALS)
    return pd.DataFrame(
        {
            "student_id": cohort["student_id"],
            "school_id": cohort["school_id"],
            "status": np.select([unseen, enough], [NO_OUTCOME, SCORED], INSUFFICIENT),
            "risk": risk,
            "priority": np.round(priority, DECIMALS),
            "band": band_of(risk, experiment.evaluation["bands"]),
            "method": method,
        }
    )


def _write_scores(
    connection: Connection, experiment: Experiment, frames: Frames, as_of: dt.date, row: RowMapping
) -> None:
    """Score the cohort by the registered artifact, unless these very scores stand already."""
    term, name = experiment.elt_term(as_of), row["model_id"]
    table = tables.score
    of_term = (table.c.as_of == as_of) & (table.c.elt_term == term)
    standing = connection.execute(
        select(table.c.model_id, func.count()).where(of_term).group_by(table.c.model_id)
    ).all()
    cohort = frames.at(as_of)
    if [tuple(found) for found in standing] == [(name, len(cohort))]:
        return
    scores = score_rows(registry.open_ranking(connection, row), cohort, experiment, frames.source)
    _assert_nobody_vanished(cohort, scores)
    connection.execute(delete(table).where(of_term))
    columns = ["as_of", "elt_term", "model_id", *scores.columns, "reasons"]
    least = experiment.cohort["min_history_days"]
    why = [reasons({**record, "min_history_days": least}) for record in _records(cohort)]
    copy_rows(
        connection,
        table,
        columns,
        ((as_of, term, name, *values, reason) for values, reason in zip(scores.itertuples(False), why, strict=True)),
    )


def _write_shadow(
    connection: Connection, experiment: Experiment, frames: Frames, as_of: dt.date, challenger: str | None
) -> None:
    """Replace the date's shadow scores: what the challenger would have said; none without one."""
    table, term = tables.shadow_score, experiment.elt_term(as_of)
    connection.execute(delete(table).where((table.c.as_of == as_of) & (table.c.elt_term == term)))
    if challenger is None:
        return
    scores = score_rows(registry.open_artifact(connection, challenger), frames.at(as_of), experiment, frames.source)
    copy_rows(
        connection,
        table,
        ["as_of", "elt_term", "model_id", "student_id", "risk", "priority"],
        ((as_of, term, challenger, *row) for row in scores[["student_id", "risk", "priority"]].itertuples(False)),
    )


def _records(rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """One mapping per row, by column name."""
    names = [str(name) for name in rows.columns]
    for values in rows.itertuples(index=False, name=None):
        yield dict(zip(names, values, strict=True))


def _assert_nobody_vanished(cohort: pd.DataFrame, scores: pd.DataFrame) -> None:
    """cohort = scored + rule-based, by school."""
    expected = cohort.groupby("school_id").size()
    found = scores.groupby("school_id")["status"].agg(
        lambda status: status.isin([SCORED, INSUFFICIENT, NO_OUTCOME]).sum()
    )
    if not expected.equals(found.reindex(expected.index).astype(expected.dtype)) or len(scores) != len(cohort):
        raise SchoolhouseError("Scored and rule-based students do not add up to the cohort of every school.")


def _outcome_summary(labelled: pd.DataFrame, bands: list[Band], experiment: Experiment) -> list[dict[str, Any]]:
    """Grade band, outcome, whose model it has, weight, students with a known outcome and share with it, by school
    year."""
    summary = []
    counted = counted_outcomes(labelled, experiment)
    names = band_names(labelled["grade"], experiment)
    for band in bands:
        rows = labelled[names == band.name]
        for outcome in band.outcomes:
            known = rows[["school_year", f"label_{outcome}"]].dropna()
            for year, values in known.groupby("school_year")[f"label_{outcome}"]:
                summary.append(
                    {
                        "band": band.name,
                        "outcome": outcome,
                        "model_of": band.name if outcome in band.own else ALL_GRADES,
                        "weight": experiment.weights[outcome],
                        "school_year": int(str(year)),
                        "n": len(values),
                        "share": round(float(values.mean()), 6),
                        "counts": outcome in counted,
                    }
                )
    return summary


def _metric_summary(rolls: list[Roll], algorithm: str, scores: pd.DataFrame) -> dict[str, Any]:
    """What the run's closing table and the card's headline need."""
    summary: dict[str, Any] = {
        "scored": int((scores["status"] == SCORED).sum()),
        "cohort": len(scores),
        "test_year": None,
        "precision": {},
        "gain": {"candidate": None, "against": None, "value": None, "low": None, "high": None},
    }
    if rolls:
        roll = rolls[0]
        shown = shown_candidate(roll, algorithm)
        summary["test_year"] = roll.split.test
        summary["precision"] = {name: roll.figures[name]["precision"] for name in METHODS}
        summary["gain"] = vars(roll.gains[shown])
        summary["figures"] = {name: {key: roll.figures[name].get(key) for key in MEASURES} for name in METHODS}
    return summary


def _evaluation_rows(
    name: str, rolls: list[Roll], algorithm: str, figures: list[Figure], year: int, experiment: Experiment
) -> list[dict[str, Any]]:
    """Rows of ml.evaluation: every method's figures, the gains, the bands and the groups."""

    def entry(test_year: int, method: str, figure: Figure) -> dict[str, Any]:
        return {"model_id": name, "test_year": test_year, "method": method, **vars(figure)}

    rows = []
    for roll in rolls:
        test = int(roll.split.test or 0)
        parts = {"all": roll.whole, **{f"district:{name}": part for name, part in roll.parts.items()}}
        for subset, judged in parts.items():
            rows += [entry(test, method, figure) for method, figure in _judged_figures(subset, judged)]
        for method, (value, low, high) in roll.unseen.items():
            status = "insufficient" if value is None else "ok"
            figure = Figure("precision_unseen_schools", "all", value, roll.whole.n, low, high, status)
            rows.append(entry(test, method, figure))
        for band in band_rows(roll, algorithm, experiment.evaluation["bands"]):
            status = "ok" if band["size"] else "insufficient"
            figure = Figure("realised_rate", f"band:{band['band']}", band["share_value"], band["size"], status=status)
            rows.append(entry(test, algorithm, figure))
        for band in grade_band_rows(roll, algorithm, experiment):
            for metric in ("realised_rate", "calibration_gap", "precision"):
                status = "insufficient" if band[metric] is None else "ok"
                n = band["seats"] if metric == "precision" else band["size"]
                figure = Figure(metric, f"grade_band:{band['band']}", band[metric], n, status=status)
                rows.append(entry(test, algorithm, figure))
    for figure in figures:
        test = year if figure.metric == "proxy_auc" else int(rolls[0].split.test or 0)
        method = "features" if figure.metric == "proxy_auc" else algorithm
        if figure.metric == METRIC:
            method = shown_candidate(rolls[0], algorithm)
        rows.append(entry(test, method, figure))
    return rows


def _judged_figures(subset: str, judged: Judged) -> list[tuple[str, Figure]]:
    """Method and figure: every metric, the precision with its interval, and the gains."""
    found = []
    for method in METHODS:
        for metric, value in judged.figures[method].items():
            low, high = judged.intervals[method] if metric == "precision" else (None, None)
            status = "insufficient" if value is None else "ok"
            found.append((method, Figure(metric, subset, value, judged.n, low, high, status)))
    for gain in judged.gains.values():
        status = "insufficient" if gain.value is None else "ok"
        name = f"gain_over_{gain.against}"
        found.append((gain.candidate, Figure(name, subset, gain.value, judged.n, gain.low, gain.high, status)))
    return found


def _band_limits(experiment: Experiment, bands: list[Band]) -> list[str]:
    """Which grades have models of their own, and which share one."""
    if not experiment.bands:
        return ["One model ranks all grades: the experiment names no grade bands."]
    told = []
    for band in bands:
        if band.name == ALL_GRADES:
            told.append("Grades that the experiment puts in no band share the models of all grades.")
        elif band.shared:
            told.append(
                f"Grade band {band.name}: too few students to learn {', '.join(band.shared)} from, so the model of all "
                "grades is used for it."
            )
    return told


def _limits(
    experiment: Experiment,
    frames: Frames,
    rolls: list[Roll],
    learned: Split | None,
    outcomes: list[str],
    capacity: dict[str, int] | None,
) -> list[str]:
    """What a reader must know before trusting the figures."""
    limits = [
        "A risk is associated with what may follow, not the cause of it. It says nothing about a programme's effect."
    ]
    if frames.source == "assessment":
        limits.append(
            "This district has no daily attendance: students are those tested in the year before, at the school of "
            "that test, and only the outcome that is known here, the next assessment, is predicted."
        )
    left_out = [name for name in experiment.weights if name not in outcomes]
    if left_out:
        limits.append(f"Left out, because too few students have it on record: {', '.join(left_out)}.")
    if not rolls:
        limits.append("No model could be tested on a later year, so none may ship.")
    elif rolls[0].split.calibrate is None:
        limits.append(
            "Only two school years have known outcomes: for the test, calibration used held-out schools of the "
            "training year instead of a later year."
        )
    if learned is not None and rolls:
        limits.append(
            "The figures are those of the same recipe one year earlier: for scoring, the winner was fitted again "
            "with the newest year of outcomes."
        )
    schools = frames.rows["school_id"].nunique()
    if schools < 20:
        limits.append(f"Intervals rest on {schools} schools; with so few they are rough.")
    if capacity is None:
        limits.append("The district lists no ELT site, so no capacity limits the seats of a school.")
    if not experiment.uses_discretionary:
        limits.append("Discretionary discipline is used neither by the models nor by the rule.")
    else:
        use = experiment.features["discretionary_discipline"]
        limits.append(f"Discretionary discipline is used, as {use['decided_by']} decided: {use['reason']}")
    return limits
