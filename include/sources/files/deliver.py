"""The files of a feed, where they lie."""

from collections.abc import Iterator
from pathlib import Path

from include.districts import FileFeed
from include.errors import SchoolhouseError
from include.sources.access import Access
from include.sources.delivery import Delivery
from include.sources.files.read import Layout


def deliver_files(feed: FileFeed, access: Access | None, folder: Path) -> Iterator[Delivery]:
    """Every file that matches the feed's pattern, by name: dated files come in the order of their dates.

    Raises SchoolhouseError where a required feed has none.
    """
    place = Path(feed.folder)
    if not place.is_dir():
        raise SchoolhouseError(f"Feed {feed.name}: the folder {place} does not exist.")
    files = sorted(path for path in place.glob(feed.files) if path.is_file())
    if not files and feed.is_required:
        raise SchoolhouseError(
            f"Feed {feed.name}: no file in {place} matches {feed.files!r}. If the feed may be missing, "
            "say `required: false` in district.yml."
        )
    layout = Layout(feed.encoding, feed.delimiter, feed.member, feed.sheet, feed.json_columns(), feed.each)
    for path in files:
        yield Delivery(path, path.name, feed.mode, layout)
