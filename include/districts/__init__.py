"""A district is configuration: one folder with a district.yml."""

from include.districts.config import Cell, District, Feed, Unpivot, load_district

__all__ = ["Cell", "District", "Feed", "Unpivot", "load_district"]
