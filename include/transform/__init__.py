"""From landing to marts, by dbt: today's marts, and editions of them as of another day."""

from include.transform.dbt import TransformError, semantic_manifest
from include.transform.edition import Edition, build_edition, drop_edition
from include.transform.marts import build
from include.transform.project import parse, write_docs
from include.transform.results import BuildResult

__all__ = [
    "BuildResult",
    "Edition",
    "TransformError",
    "build",
    "build_edition",
    "drop_edition",
    "parse",
    "semantic_manifest",
    "write_docs",
]
