"""The students of a released list as the scores froze them, with the outcome that followed."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Connection, RowMapping, select

from ml.config import Experiment
from ml.features.build import read_outcomes
from ml.lists.rank import chosen
from ml.lists.seats import SeatTable
from ml.training.rule import abc_priority
from models import lists
from models import ml as tables


@dataclass(frozen=True)
class Seen:
    """A released list whose label window is over.

    rows: one row per student of that day's cohort: student_id, school, outcome (1, 0, or missing where it is not
    known), risk and chosen (had a seat by rank), by_rule (the rule would have given one of the same seats), and
    where a challenger was watched shadow_risk and by_shadow. challenger: its model_id, or null.
    """

    version: str
    as_of: dt.date
    elt_term: str
    model_id: str
    method: str
    experiment: Experiment
    challenger: str | None
    rows: pd.DataFrame

    @property
    def known(self) -> pd.DataFrame:
        """The students whose outcome is known."""
        return self.rows[self.rows["outcome"].notna()]


def released(connection: Connection, as_of: dt.date) -> list[RowMapping]:
    """Lists that went out before a day, oldest first, with what the registry says of their models."""
    one, model = lists.elt_list, tables.model
    query = (
        select(one.c.version, one.c.as_of, one.c.elt_term, one.c.model_id, model.c.experiment)
        .join(model, model.c.model_id == one.c.model_id)
        .where(one.c.as_of < as_of)
        .order_by(one.c.as_of, one.c.version)
    )
    return [row._mapping for row in connection.execute(query)]


def experiment_of(row: RowMapping) -> Experiment:
    """The experiment as the list's model was made under: what was promised then is what is judged."""
    return Experiment(**{name: row["experiment"][name] for name in Experiment.__dataclass_fields__})


def see(connection: Connection, row: RowMapping, as_of: dt.date) -> Seen | None:
    """A released list with its outcomes, as they were known before `as_of`; null while its window is open.

    Also null where the day was scored again by another model since, so that its scores are not the list's any more.
    Runs once in a transaction.
    """
    experiment = experiment_of(row)
    if experiment.window_ends_on(row["as_of"]) >= as_of:
        return None
    scores = _scores(connection, row)
    if scores.empty:
        return None
    outcomes = read_outcomes(connection, experiment, row["as_of"], as_of)
    rows = scores.merge(outcomes[["student_id", "label"]], on="student_id", how="left")
    rows = rows.rename(columns={"school_id": "school", "label": "outcome"})
    seats = _seats(connection, row["version"])
    features = _features(connection, row["as_of"]).set_index("student_id").reindex(rows["student_id"]).reset_index()
    ranked = features.assign(as_of=row["as_of"], school_id=rows["school"])
    rows["by_rule"] = chosen(ranked, abc_priority(features), seats, experiment.seed)
    shadow = _shadow(connection, row)
    challenger = None if shadow.empty else str(shadow["model_id"].iloc[0])
    if challenger is not None:
        watched = shadow.set_index("student_id").reindex(rows["student_id"])
        rows["shadow_risk"] = watched["risk"].to_numpy(float)
        rows["by_shadow"] = chosen(ranked, watched["priority"].to_numpy(float), seats, experiment.seed)
    used = rows.loc[rows["method"] == "model"]
    method = "abc_rule" if used.empty else "model"
    return Seen(row["version"], row["as_of"], row["elt_term"], row["model_id"], method, experiment, challenger, rows)


def _scores(connection: Connection, row: RowMapping) -> pd.DataFrame:
    score, entry = tables.score, lists.elt_list_entry
    query = (
        select(
            score.c.student_id,
            score.c.school_id,
            score.c.risk,
            score.c.method,
            (entry.c.place == "seat").label("chosen"),
        )
        .outerjoin(entry, (entry.c.student_id == score.c.student_id) & (entry.c.version == row["version"]))
        .where(
            (score.c.as_of == row["as_of"])
            & (score.c.elt_term == row["elt_term"])
            & (score.c.model_id == row["model_id"])
        )
        .order_by(score.c.student_id.collate("C"))
    )
    rows = pd.read_sql_query(query, connection)
    return rows.assign(risk=rows["risk"].astype(float), chosen=rows["chosen"].eq(True).to_numpy(bool))


def _features(connection: Connection, as_of: dt.date) -> pd.DataFrame:
    """The features that the day was scored by, as they were kept."""
    table = tables.feature_row
    rows = pd.read_sql_query(select(table).where(table.c.as_of == as_of), connection)
    numbers = [
        column.name for column in table.columns if column.name not in ("as_of", "student_id", "school_id", "grade")
    ]
    return rows.astype(dict.fromkeys(numbers, "float64"))


def _seats(connection: Connection, version: str) -> SeatTable:
    """The seats of the list that were filled by rank."""
    table = lists.elt_list_school
    rows = connection.execute(select(table).where(table.c.version == version)).all()
    seats = {row.school_id: row.seat_entries for row in rows}
    return SeatTable(seats, dict.fromkeys(seats, 0), dict.fromkeys(seats), {}, {})


def _shadow(connection: Connection, row: RowMapping) -> pd.DataFrame:
    table = tables.shadow_score
    return pd.read_sql_query(
        select(table.c.model_id, table.c.student_id, table.c.risk, table.c.priority).where(
            (table.c.as_of == row["as_of"]) & (table.c.elt_term == row["elt_term"])
        ),
        connection,
    )


def schools_and_values(rows: pd.DataFrame, pick: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """School, outcome and who was picked [students], for the figures."""
    return rows["school"].to_numpy().astype(str), rows["outcome"].to_numpy(float), rows[pick].to_numpy(bool)
