"""Writing many rows in the caller's transaction, hashing them, and where reports go."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table

from include.settings import settings


def canonical(value: Any) -> str:
    """JSON with sorted keys: the same value gives the same text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def sha256_of(*parts: Any) -> str:
    """Hash of plain values."""
    return hashlib.sha256("\n".join(canonical(part) for part in parts).encode()).hexdigest()


def frame_sha256(frame: pd.DataFrame) -> str:
    """Hash of a frame's column names and values, rows in order."""
    digest = hashlib.sha256(canonical(list(frame.columns)).encode())
    plain = frame.copy()
    for name in frame.columns[[dtype.kind == "O" for dtype in frame.dtypes]]:
        plain[name] = frame[name].astype(str)
    digest.update(pd.util.hash_pandas_object(plain, index=False).to_numpy().tobytes())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    return value


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table within the connection's transaction; NaN becomes null, dicts become JSON.

    By way of a temporary table: PostgreSQL copies into none that has row policies.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    target = f'{table.schema}."{table.name}"'
    connection.exec_driver_sql(f"create temporary table copied (like {target}) on commit drop")
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"copy copied ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row([_plain(value) for value in row])
    finally:
        cursor.close()
    connection.exec_driver_sql(f"insert into {target} ({names}) select {names} from copied")
    connection.exec_driver_sql("drop table copied")


def report_folder(as_of: dt.date) -> Path:
    """Folder of an as-of date's reports, made where it is missing."""
    folder = settings().reports / as_of.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    return folder
