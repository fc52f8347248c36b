"""The stored model.

What it means: scoring opens only the bytes that were registered, and of them only what models are made of.
When it matters: opening a pickle runs what it says.
How to fix: a refused artifact was changed after training: delete its registry row and train again.
"""

import hashlib
import os
import pickle
from pathlib import Path

import pytest

from ml.training.artifact import Artifact, ArtifactMismatch, dump, load
from ml.training.rule import Rule


class Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("opened",)


def test_the_registered_bytes_open() -> None:
    content, sha256 = dump(Artifact(Rule((0.1, 0.2, 0.3, 0.4)), None))
    assert load(content, sha256, "m").rule.rates == (0.1, 0.2, 0.3, 0.4)
    assert dump(load(content, sha256, "m")) == (content, sha256)


def test_changed_bytes_are_refused_before_they_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, sha256 = dump(Artifact(Rule((0.1, 0.2, 0.3, 0.4)), None))
    with pytest.raises(ArtifactMismatch, match=r"model m has hash .* was registered"):
        load(pickle.dumps(Hostile()), sha256, "m")
    assert not list(tmp_path.iterdir())


def test_other_code_is_refused_even_where_its_hash_was_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    content = pickle.dumps(Hostile())
    with pytest.raises(ArtifactMismatch, match="which no model is made of"):
        load(content, hashlib.sha256(content).hexdigest(), "m")
    assert not list(tmp_path.iterdir())
