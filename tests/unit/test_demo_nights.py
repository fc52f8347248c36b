"""What `--night K` writes: laid over the district one night after another, it is the district some nights later."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from include.demo.generate import generate
from include.districts import FileFeed, load_district
from include.errors import SchoolhouseError
from include.settings import DEFAULT_DISTRICT
from models.landing import CONTRACTS
from models.landing.contract import rules_of
from tests.unit.demo_files import AS_OF, checksums, read, roster, text_of

STUDENTS, YEARS, SEED = 900, 2, 11
NIGHTS = 3
SMALLEST = 300
# SHA-256 over the names and contents, gzip unpacked, of the district of SMALLEST students, YEARS and SEED as of
# AS_OF, dirt included. It changes with all that is generated: the failing test shows what to write here.
EXPECTED_SHA256 = "fc1bd8e4b1e90ea0f95117c53848a138068a0f4020c6c941acdb5fea43c8dd6e"


@pytest.fixture(scope="module")
def feeds() -> list[FileFeed]:
    """The feeds of the generated district."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLHOUSE_STATE", "/nowhere")
        return [feed for feed in load_district(DEFAULT_DISTRICT).feeds if isinstance(feed, FileFeed)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes the district once for each `day` and `night`."""
    done: dict[tuple[int, int | None], Path] = {}

    def make(day: int = 0, night: int | None = None) -> Path:
        if (day, night) not in done:
            out = tmp_path_factory.mktemp("nights")
            generate(out, STUDENTS, YEARS, SEED, AS_OF + dt.timedelta(days=day), dirt=False, night=night)
            done[day, night] = out
        return done[day, night]

    return make


def contents(folder: Path) -> str:
    """SHA-256 over every file's name and content, without what packing adds."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        if path.suffix == ".gz":
            digest.update(text_of(path).encode())
        elif path.suffix == ".xlsx":
            # What the library writes around the cells may differ between its versions.
            cells = openpyxl.load_workbook(path, read_only=True).worksheets[0].iter_rows(values_only=True)
            digest.update("\n".join(repr(tuple(map(str, row))) for row in cells).encode())
        else:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def rows_of(folder: Path, feed: FileFeed) -> pd.DataFrame:
    """Every row of a feed's files."""
    files = sorted((folder / feed.source).glob(feed.files))
    return pd.concat([read(file, feed.delimiter) for file in files], ignore_index=True) if files else pd.DataFrame()


def test_the_bytes_are_the_same_everywhere(tmp_path: Path) -> None:
    generate(tmp_path, SMALLEST, YEARS, SEED, AS_OF)
    assert contents(tmp_path) == EXPECTED_SHA256


def test_changes_of_the_nights_add_up(made: Callable[..., Path], feeds: list[FileFeed]) -> None:
    """Feeds that send changes: the last version of each row is what a whole file holds later."""
    fresh = 0
    for feed in feeds:
        if feed.mode != "delta":
            continue
        key = [source for name in rules_of(CONTRACTS[feed.contract]).key for source in feed.columns[name].sources()]
        nights = [rows_of(made(0, night), feed) for night in range(1, NIGHTS + 1)]
        landed = pd.concat([rows_of(made(), feed), *nights], ignore_index=True).drop_duplicates(key, keep="last")
        later = rows_of(made(NIGHTS), feed)
        assert len(landed) == len(later), feed.name
        assert len(landed.merge(later, how="inner")) == len(later), feed.name
        fresh += sum(map(len, nights))
        assert sum(map(len, nights)) < 0.2 * len(later), feed.name
    assert fresh > 100


def test_whole_files_come_only_when_they_changed(made: Callable[..., Path], feeds: list[FileFeed]) -> None:
    """Laid over each other they are the files of a later day, byte by byte."""
    deltas = {(feed.source, feed.files) for feed in feeds if feed.mode == "delta"}
    later = checksums(made(NIGHTS))
    laid = checksums(made())
    for night in range(1, NIGHTS + 1):
        written = checksums(made(0, night))
        whole = {name: value for name, value in written.items() if laid.get(name) != value}
        assert set(written) - set(whole) <= {"truth.json"}
        laid |= whole
    for name, value in later.items():
        source, _, file = name.partition("/")
        if name == "truth.json" or any(source == own and Path(file).match(pattern) for own, pattern in deltas):
            continue
        assert laid[name] == value, name


def test_the_delta_archive_makes_the_later_roster(made: Callable[..., Path]) -> None:
    """Rows marked active replace or add, rows marked tobedeleted go; the manifest says delta."""
    tables = roster(made())
    seen = set()
    for night in range(1, NIGHTS + 1):
        day = AS_OF + dt.timedelta(days=night)
        archive = made(0, night) / "sis" / "delta" / f"oneroster_{day}.zip"
        if not archive.exists():
            assert not (made(0, night) / "sis" / "oneroster.zip").exists()
            continue
        changes = roster(archive.parent, archive.name)
        manifest = changes.pop("manifest.csv").set_index("propertyName")["value"]
        assert {name for name in manifest.index if manifest[name] == "delta"} >= {
            f"file.{name.removesuffix('.csv')}" for name in changes
        }
        for name, change in changes.items():
            assert set(change["status"]) <= {"active", "tobedeleted"}
            assert change["dateLastModified"].str.startswith(str(day)).all()
            seen |= set(change["status"])
            kept = tables[name][~tables[name]["sourcedId"].isin(change["sourcedId"])]
            added = change[change["status"] == "active"].assign(status="", dateLastModified="")
            tables[name] = pd.concat([kept, added], ignore_index=True)
    assert "active" in seen
    for name, table in roster(made(NIGHTS)).items():
        if name != "manifest.csv":
            assert len(tables[name]) == len(table), name
            assert len(table.merge(tables[name], how="inner")) == len(table), name


def test_a_correction_changes_an_earlier_row(made: Callable[..., Path]) -> None:
    """Within a month some absences that were posted before turn out to have been none."""
    before, after = (read(made(day) / "sis" / "attendance_2025-26.csv.gz") for day in (-30, 0))
    key = ["Student Number", "School", "Att Date"]
    both = before.merge(after, on=key, suffixes=("", " now"))
    assert len(both) == len(before)
    changed = both[both["Att Code"] != both["Att Code now"]]
    assert len(changed) >= 3
    assert (changed["Att Code now"] == "P").all()
    assert (pd.to_datetime(changed["Posted now"]) > pd.to_datetime(changed["Posted"])).all()


def test_a_night_outside_the_school_year_is_refused(tmp_path: Path) -> None:
    for night in (0, 200):
        with pytest.raises(SchoolhouseError, match="in the school year of 2026-03-02"):
            generate(tmp_path, STUDENTS, YEARS, SEED, AS_OF, night=night)
    assert not any(tmp_path.iterdir())


def test_truth_says_which_night_it_is(made: Callable[..., Path]) -> None:
    truth = json.loads((made(0, 1) / "truth.json").read_text(encoding="utf-8"))
    assert (truth["night"], truth["as_of"]) == (1, "2026-03-03")
    files = {path.relative_to(made(0, 1)).as_posix() for path in made(0, 1).rglob("*") if path.is_file()}
    assert files == set(truth["files"]) | {"truth.json"}
