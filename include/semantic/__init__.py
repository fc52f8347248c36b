"""Questions in the language of the metrics: `query` answers, `list_metrics` says what can be asked."""

from include.semantic.catalogue import Metric, list_metrics
from include.semantic.query import SemanticError, compile_sql, query

__all__ = ["Metric", "SemanticError", "compile_sql", "list_metrics", "query"]
