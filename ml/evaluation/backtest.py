"""The evaluation on a later year: train, calibrate, test, always at the same release day."""

import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold

from ml.config import Experiment
from ml.evaluation import metrics
from ml.evaluation.gate import ABC_RULE, LAST_YEAR, METHODS, RANDOM, SIMPLER, Gain, best_simple, winner
from ml.lists.rank import chosen
from ml.lists.seats import SeatTable, seat_table, tie_break
from ml.training.enough import usable_outcomes
from ml.training.outcome import BOOSTING, LOGISTIC, RiskModel, fit_model
from ml.training.rule import Rule, abc_priority, fit_rule, last_year_priority

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Split:
    """School years to train on, to calibrate on (none: held-out schools of the training years), to test on."""

    train: tuple[int, ...]
    calibrate: int | None
    test: int | None


@dataclass(frozen=True)
class Judged:
    """Every method over the same students: figures by method and metric, intervals of the precision, gains."""

    n: int
    figures: dict[str, dict[str, float | None]]
    intervals: dict[str, tuple[float | None, float | None]]
    gains: dict[str, Gain]


@dataclass(frozen=True)
class Roll:
    """One test year. Arrays run along `rows`; `known` marks rows whose label is known.

    models: fitted, by algorithm. whole: every method over all students; parts: the same within each district of a
    state, where there are several. unseen: the candidates' precision on schools that they never saw, with intervals.
    """

    split: Split
    outcomes: tuple[str, ...]
    rows: pd.DataFrame
    known: np.ndarray
    seats: SeatTable
    risk: dict[str, np.ndarray]
    chosen: dict[str, np.ndarray]
    models: dict[str, RiskModel]
    whole: Judged
    parts: dict[str, Judged]
    unseen: dict[str, tuple[float | None, float | None, float | None]]

    @property
    def figures(self) -> dict[str, dict[str, float | None]]:
        """Figures over all students."""
        return self.whole.figures

    @property
    def gains(self) -> dict[str, Gain]:
        """Gains over all students: these decide."""
        return self.whole.gains

    @property
    def winner(self) -> str:
        """What this roll would ship."""
        return winner(self.gains)


def splits(years: list[int], rolls: int) -> list[Split]:
    """Test years, newest first: train on years <= Y-2, calibrate on Y-1, test on Y.

    With two years of labels only, the first is trained on and calibrated by held-out schools.
    With one or none there is no later year to test on.
    """
    full = [Split(tuple(years[: at - 1]), years[at - 1], years[at]) for at in range(len(years) - 1, 1, -1)]
    if full:
        return full[:rolls]
    return [Split((years[0],), None, years[1])] if len(years) == 2 else []


def final_split(years: list[int]) -> Split | None:
    """The split that scoring uses: the newest labelled year calibrates, the earlier ones train."""
    if not years:
        return None
    return Split(tuple(years[:-1]), years[-1], None) if len(years) > 1 else Split((years[0],), None, None)


def has_enough_history(rows: pd.DataFrame, experiment: Experiment, source: str) -> np.ndarray:
    """Whether each row has the history that a model needs: enrolled days, or a scored assessment."""
    if source == "enrollment":
        return (rows["enrolled_days"].fillna(0) >= experiment.cohort["min_history_days"]).to_numpy()
    return rows["score_z"].notna().to_numpy()


def combined_risk(
    model: RiskModel, rule: Rule, rows: pd.DataFrame, experiment: Experiment, source: str
) -> tuple[np.ndarray, np.ndarray]:
    """Risk per row, and why the model was not used ('' where it was).

    Too little history, and grades for which no outcome was ever seen, go by the rule.
    """
    why = np.where(has_enough_history(rows, experiment, source), "", "insufficient_history").astype(object)
    why[(why == "") & ~rows["grade"].isin(model.grades).to_numpy()] = "no_outcome_in_grade"
    return np.where(why == "", model.risk(rows), rule.risk(rows)), why


def fit(split: Split, algorithm: str, rows: pd.DataFrame, experiment: Experiment, outcomes: list[str]) -> RiskModel:
    """Fit one algorithm on a split of the labelled rows."""
    train = rows[rows["school_year"].isin(split.train)].reset_index(drop=True)
    later = None
    if split.calibrate is not None:
        later = rows[rows["school_year"] == split.calibrate].reset_index(drop=True)
    return fit_model(algorithm, train, later, outcomes, experiment)


def years_of(split: Split) -> list[int]:
    """Years that a split learns from."""
    return [*split.train, *([] if split.calibrate is None else [split.calibrate])]


def run_roll(
    split: Split,
    labelled: pd.DataFrame,
    experiment: Experiment,
    source: str,
    capacity: dict[str, int] | None,
    district_of: dict[str, str] | None = None,
    folds: int = 0,
) -> Roll | None:
    """Test every method on the split's test year; None where no outcome has enough rows.

    district_of: district of each school; with more than one, each is judged by itself too. folds: in so many parts
    the schools are also held out of the fit; 0 leaves that out.
    """
    learn = labelled[labelled["school_year"].isin(years_of(split))]
    outcomes = usable_outcomes(learn, experiment)
    test = labelled[labelled["school_year"] == split.test].reset_index(drop=True)
    if not outcomes or test["label"].notna().sum() == 0:
        return None
    rule = fit_rule(learn)
    rule_risk = rule.risk(test)
    seats = evaluation_seats(test, rule_risk, experiment, capacity)
    seed = experiment.seed
    risk: dict[str, np.ndarray] = {ABC_RULE: rule_risk}
    priority: dict[str, np.ndarray] = {
        RANDOM: np.array([int(tie_break(seed, "random", name), 16) / 16**16 for name in test["student_id"]]),
        LAST_YEAR: last_year_priority(test),
        ABC_RULE: abc_priority(test),
    }
    models = {algorithm: fit(split, algorithm, labelled, experiment, outcomes) for algorithm in (LOGISTIC, BOOSTING)}
    for algorithm, model in models.items():
        risk[algorithm], _ = combined_risk(model, rule, test, experiment, source)
        priority[algorithm] = risk[algorithm]
    picks = {name: chosen(test, priority[name], seats, seed) for name in METHODS}
    known = test["label"].notna().to_numpy()
    draws = experiment.evaluation["bootstrap"]
    whole = judge(test, known, picks, priority, risk, draws)
    district = test["school_id"].map(district_of or {}).to_numpy()
    names = sorted({str(name) for name in district if isinstance(name, str)})
    parts = {}
    if len(names) > 1:
        parts = {name: judge(test, known & (district == name), picks, priority, risk, draws) for name in names}
    unseen = {}
    if folds:
        held_out = unseen_risk(split, labelled, test, experiment, source, outcomes, rule, folds)
        for algorithm, values in held_out.items():
            taken = chosen(test, values, seats, seed)[known]
            school, outcome = test["school_id"].to_numpy()[known].astype(str), test["label"].to_numpy()[known]
            value = metrics.at_seats(outcome, taken)["precision"]
            unseen[algorithm] = (value, *metrics.precision_interval(school, outcome, taken, draws))
    log.info(
        "Test year %s: %s",
        split.test,
        ", ".join(f"{name} {whole.figures[name]['precision'] or 0:.3f}" for name in METHODS),
    )
    return Roll(split, tuple(outcomes), test, known, seats, risk, picks, models, whole, parts, unseen)


def unseen_risk(
    split: Split,
    labelled: pd.DataFrame,
    test: pd.DataFrame,
    experiment: Experiment,
    source: str,
    outcomes: list[str],
    rule: Rule,
    folds: int,
) -> dict[str, np.ndarray]:
    """Risk of each test row by models that never saw a student of its school, in any year [rows] by algorithm."""
    schools = np.array(sorted(test["school_id"].unique()))
    if len(schools) < max(folds, 2):
        return {}
    risk = {algorithm: np.zeros(len(test)) for algorithm in (LOGISTIC, BOOSTING)}
    for _, held in GroupKFold(folds).split(schools, groups=schools):
        left_out = set(schools[held])
        others = labelled[~labelled["school_id"].isin(left_out)].reset_index(drop=True)
        learn = others[others["school_year"].isin(years_of(split))]
        usable = [name for name in usable_outcomes(learn, experiment) if name in outcomes]
        if not usable:
            return {}
        here = test["school_id"].isin(left_out).to_numpy()
        for algorithm, values in risk.items():
            model = fit(split, algorithm, others, experiment, usable)
            values[here] = combined_risk(model, rule, test[here], experiment, source)[0]
    return risk


def evaluation_seats(
    rows: pd.DataFrame, rule_risk: np.ndarray, experiment: Experiment, capacity: dict[str, int] | None
) -> SeatTable:
    """The seats of the test year: the same table for every method, shared out by the rule's risk."""
    sums = pd.Series(rule_risk).groupby(rows["school_id"].to_numpy()).sum()
    cohort = rows.groupby("school_id").size()
    setting = experiment.seats
    return seat_table(
        {str(school): int(size) for school, size in cohort.items()},
        {str(school): float(total) for school, total in sums.items()},
        capacity,
        setting["total"],
        setting["share"],
        setting["floor"],
        setting["nomination_share"],
        experiment.seed,
    )


def judge(
    rows: pd.DataFrame,
    known: np.ndarray,
    picks: dict[str, np.ndarray],
    priority: dict[str, np.ndarray],
    risks: dict[str, np.ndarray],
    draws: int,
) -> Judged:
    """Figures, intervals and gains of every method over the rows that `known` marks."""
    outcome = rows["label"].to_numpy()[known]
    school = rows["school_id"].to_numpy()[known].astype(str)
    found: dict[str, dict[str, float | None]] = {}
    for name in METHODS:
        figures = metrics.at_seats(outcome, picks[name][known])
        figures["average_precision"] = metrics.average_precision(outcome, priority[name][known])
        if name in risks:
            risk = risks[name][known]
            figures["brier_skill"] = metrics.brier_skill(outcome, risk)
            figures["calibration_error"] = metrics.expected_calibration_error(outcome, risk)
            figures["calibration_slope"] = metrics.calibration_slope(outcome, risk)
        found[name] = figures
    precision = {name: found[name]["precision"] for name in METHODS}
    gains = {}
    for candidate in SIMPLER:
        against = best_simple(candidate, precision)
        gain = metrics.precision_gain(school, outcome, picks[candidate][known], picks[against][known], draws)
        gains[candidate] = Gain(candidate, against, *gain)
    intervals = {name: metrics.precision_interval(school, outcome, picks[name][known], draws) for name in METHODS}
    return Judged(int(known.sum()), found, intervals, gains)
