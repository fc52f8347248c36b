"""A district is configuration: one folder with a district.yml."""

from include.districts.config import District, load_district
from include.districts.feeds import Cell, EdfiFeed, Feed, FileFeed, OneRosterFeed, SqlFeed, Unpivot

__all__ = ["Cell", "District", "EdfiFeed", "Feed", "FileFeed", "OneRosterFeed", "SqlFeed", "Unpivot", "load_district"]
