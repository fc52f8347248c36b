"""The model registry: what a training is called, whether it is there, and its artifact by hash."""

import datetime as dt
import hashlib
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy
import sklearn
from sqlalchemy import Connection, RowMapping, select

from include.errors import SchoolhouseError
from ml.store import sha256_of
from ml.training.artifact import Artifact, load
from models import ml as tables

HERE = Path(__file__).parent
# In the card, until somebody approved the model.
NOBODY = "<dd>nobody yet</dd>"
SUFFIXES = {".py", ".sql", ".yml", ".j2"}


@cache
def code_sha256() -> str:
    """Hash of every file of the ML jobs and of the libraries that decide the figures."""
    digest = hashlib.sha256(f"scikit-learn {sklearn.__version__} numpy {numpy.__version__}".encode())
    files = sorted(path for path in HERE.rglob("*") if path.suffix in SUFFIXES)
    for path in [*files, Path(tables.__file__)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def model_id(as_of: dt.date, *parts: Any) -> str:
    """Name of a training: the same code, data and experiment have the same name."""
    return f"{as_of.isoformat()}-{sha256_of(code_sha256(), *parts)[:12]}"


def find(connection: Connection, name: str) -> RowMapping | None:
    """The registry row, or null."""
    row = connection.execute(select(tables.model).where(tables.model.c.model_id == name)).first()
    return None if row is None else row._mapping


def open_artifact(connection: Connection, name: str) -> Artifact:
    """The artifact of a registered model.

    Raises ArtifactMismatch where its bytes are not the registered ones, before they are opened.
    """
    row = find(connection, name)
    if row is None:
        raise SchoolhouseError(f"There is no model {name} in ml.model: run the scoring job first.")
    return load(bytes(row["artifact"]), row["artifact_sha256"], name)


def open_ranking(connection: Connection, row: RowMapping) -> Artifact:
    """The artifact as it ranks: without its model, where the registry says that the rule ranks."""
    artifact = open_artifact(connection, row["model_id"])
    return artifact if row["shipped"] == "model" else Artifact(artifact.rule, None)


def card_of(row: RowMapping) -> str:
    """A model's card, with who approved it."""
    if row["approver"] is None:
        return row["card"]
    return row["card"].replace(NOBODY, f"<dd>{escape(row['approver'])}</dd>")


def current(connection: Connection, as_of: dt.date, elt_term: str) -> RowMapping:
    """The model whose scores stand for an as-of date and ELT term. Raises SchoolhouseError where there are none."""
    of_term = (tables.score.c.as_of == as_of) & (tables.score.c.elt_term == elt_term)
    name = connection.scalar(select(tables.score.c.model_id).where(of_term).limit(1))
    row = None if name is None else find(connection, name)
    if row is None:
        raise SchoolhouseError(f"No student is scored as of {as_of}: run the scoring job for that date first.")
    return row
