"""A district is configuration: one folder with a district.yml."""

from include.districts.config import District, load_district
from include.districts.feeds import Cell, Feed, FileFeed, SqlFeed, Unpivot

__all__ = ["Cell", "District", "Feed", "FileFeed", "SqlFeed", "Unpivot", "load_district"]
