"""The fitted model as bytes, and the hash that must agree before they are opened."""

import hashlib
import io
import pickle
from dataclasses import dataclass
from typing import Any

from include.errors import SchoolhouseError
from ml.training.outcome import RiskModel
from ml.training.rule import Rule

# Fixed, so that the same model gives the same bytes under every Python.
PROTOCOL = 5
TRUSTED = {"ml", "sklearn", "numpy", "scipy", "builtins"}
BUILTINS = {"slice", "bytearray", "complex", "set", "frozenset"}


class ArtifactMismatch(SchoolhouseError):
    """The stored bytes are not those that were registered."""


@dataclass(frozen=True)
class Artifact:
    """What scoring needs: the rule always, a model only where one shipped."""

    rule: Rule
    model: RiskModel | None


class _Unpickler(pickle.Unpickler):
    """Opens nothing but this platform's own classes and the libraries that models are made of."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] not in TRUSTED or (module == "builtins" and name not in BUILTINS):
            raise ArtifactMismatch(f"The artifact asks for {module}.{name}, which no model is made of: train again.")
        return super().find_class(module, name)


def dump(artifact: Artifact) -> tuple[bytes, str]:
    """The artifact's bytes and their sha256."""
    buffer = io.BytesIO()
    pickle.Pickler(buffer, protocol=PROTOCOL).dump(artifact)
    content = buffer.getvalue()
    return content, hashlib.sha256(content).hexdigest()


def load(content: bytes, sha256: str, model_id: str) -> Artifact:
    """Open an artifact whose hash agrees with the registry.

    Raises ArtifactMismatch before a byte of it is unpickled: opening a pickle runs what it says.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise ArtifactMismatch(
            f"The artifact of model {model_id} has hash {found[:12]}, but {sha256[:12]} was registered: it was "
            "changed after training. Nothing was scored. Delete this row of ml.model and train again."
        )
    artifact = _Unpickler(io.BytesIO(content)).load()
    if not isinstance(artifact, Artifact):
        raise ArtifactMismatch(f"The artifact of model {model_id} holds no model of this platform: train again.")
    for part, made_by in ((artifact.rule, Rule), (artifact.model, RiskModel)):
        if part is not None and set(vars(part)) != set(made_by.__dataclass_fields__):
            raise ArtifactMismatch(f"Model {model_id} was trained by another version of the platform: train again.")
    return artifact
