"""What the DAGs and the CLI call, in this order: score, drift, publish. Each can be killed and repeated."""

from ml.drift.run import DriftResult
from ml.drift.run import run as drift
from ml.lists.publish import ListResult, publish
from ml.score import ScoreResult
from ml.score import run as score

__all__ = ["DriftResult", "ListResult", "ScoreResult", "drift", "publish", "score"]
