"""What last night brought: one page, and its short form on the terminal. Counts, columns and reasons; no values."""

from include.night.facts import FeedNight, Night, gather, newest_night
from include.night.page import page_path, write_page

__all__ = ["FeedNight", "Night", "gather", "newest_night", "page_path", "write_page"]
