"""The page of the night as HTML."""

import datetime as dt
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from include.districts import load_district
from include.night.facts import FeedNight, Night, gather, newest_night
from include.reports import write_report
from include.settings import settings
from include.warehouse.engine import warehouse_engine

WIDTH, HEIGHT = 140, 40
WIDEST_BAR = 10.0
LONGEST_ERROR = 600


def page_path(as_of: dt.date) -> Path:
    """Where the page of a night lies."""
    return settings().reports / f"night-{as_of.isoformat()}.html"


def write_page() -> Path | None:
    """Write the page of the newest night that a feed landed or failed in; returns where, None before the first."""
    district = load_district()
    with warehouse_engine().connect() as connection:
        as_of = newest_night(connection)
        if as_of is None:
            return None
        night = gather(connection, district, as_of)
    path = page_path(as_of)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_report(path, render(night))
    return path


def render(night: Night) -> str:
    """The page's HTML: counts, columns and reasons, never what stood in a cell."""
    template = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(["j2", "html"]),
        trim_blocks=True,
    ).get_template("page.html.j2")
    return template.render(
        night=night,
        weekday=f"{night.as_of:%A}",
        failed=[(feed.feed, (feed.failure or "")[:LONGEST_ERROR]) for feed in night.feeds if feed.failure],
        late=[feed.feed for feed in night.feeds if feed.is_late],
        unusual=[feed.feed for feed in night.feeds if feed.is_unusual],
        changed=[feed for feed in night.feeds if feed.columns.new or feed.columns.gone or feed.columns.unmapped],
        waiting=sum(row.rows for row in night.waiting),
        plots={feed.feed: bars(feed) for feed in night.feeds if len(feed.nights) > 1},
        width=WIDTH,
        height=HEIGHT,
    )


def bars(feed: FeedNight) -> list[dict[str, Any]]:
    """A bar for each night, as high as its volume: x, y, width and height in pixels, and what it says."""
    most = max(rows for _, rows in feed.nights) or 1
    step = min(WIDTH / len(feed.nights), WIDEST_BAR)
    drawn = []
    for number, (day, rows) in enumerate(feed.nights):
        height = max(1.0, rows / most * HEIGHT)
        drawn.append(
            {
                "x": round(number * step, 1),
                "y": round(HEIGHT - height, 1),
                "width": round(step * 0.8, 1),
                "height": round(height, 1),
                "says": f"{day:%a} {day}: {rows:,} rows",
                "is_newest": day == feed.as_of,
            }
        )
    return drawn
