"""A district is configuration: one folder with a district.yml."""

from include.districts.config import District, load_district
from include.districts.feeds import Cell, Feed, IncrementalFeed, Unpivot
from include.districts.protocols import EdfiFeed, FileFeed, OneRosterFeed, SqlFeed

__all__ = [
    "Cell", "District", "EdfiFeed", "Feed", "FileFeed", "IncrementalFeed", "OneRosterFeed", "SqlFeed", "Unpivot",
    "load_district",
]  # fmt: skip
