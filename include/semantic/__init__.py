"""Questions in the language of the metrics: `query` answers, `list_metrics` says what can be asked."""

from include.semantic.catalogue import Metric, list_metrics, list_saved
from include.semantic.explain import Explanation, explain
from include.semantic.query import SemanticError, compile_saved, compile_sql, query, query_saved, saved_group_by

__all__ = [
    "Explanation",
    "Metric",
    "SemanticError",
    "compile_saved",
    "compile_sql",
    "explain",
    "list_metrics",
    "list_saved",
    "query",
    "query_saved",
    "saved_group_by",
]
