"""From a source's files to typed, versioned rows or quarantine, with nothing lost."""

from include.landing.ingest import ingest_feed
from include.landing.load import LoadResult

__all__ = ["LoadResult", "ingest_feed"]
