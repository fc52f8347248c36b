"""Evidently's report of features and risk: its distances feed the checks, its page is kept for people."""

from pathlib import Path

import pandas as pd

ROWS = 20_000


def compare(now: pd.DataFrame, reference: pd.DataFrame, thresholds: dict[str, float], path: Path) -> dict[str, float]:
    """Distance by column of `thresholds` and an HTML page at `path`.

    now and reference hold the columns of `thresholds` and nothing that names a student. Larger frames are
    thinned evenly to 20,000 rows. Columns without a value in either frame are left out.
    """
    # Importing Evidently takes many seconds, so only this task pays for it.
    from evidently import DataDefinition, Dataset, Report
    from evidently.metrics import MissingValueCount, RowCount, ValueDrift

    columns = [name for name in thresholds if now[name].notna().any() and reference[name].notna().any()]
    if not columns:
        return {}
    now, reference = (frame.iloc[:: -(-len(frame) // ROWS)][columns] for frame in (now, reference))
    definition = DataDefinition(numerical_columns=columns)
    metrics: list = [RowCount()]
    for name in columns:
        metrics.append(ValueDrift(column=name, method="wasserstein", threshold=thresholds[name]))
        metrics.append(MissingValueCount(column=name))
    result = Report(metrics).run(Dataset.from_pandas(now, definition), Dataset.from_pandas(reference, definition))
    values = {
        metric["config"]["column"]: float(metric["value"])
        for metric in result.dict()["metrics"]
        if metric["config"]["type"].endswith(":ValueDrift")
    }
    unfinished = path.with_suffix(".unfinished")
    result.save_html(str(unfinished))
    unfinished.replace(path)
    return values
