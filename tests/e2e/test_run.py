"""`./schoolhouse run` on a small generated district, from nothing, and again."""

import re
from pathlib import Path

from sqlalchemy import text

from tests.e2e.world import Undisturbed, World


def _rows(output: str) -> dict[str, list[int]]:
    """Files, read, landed, unchanged and quarantined by feed, from the table that `run` prints."""
    found = re.findall(r"^ +(\w+\.\w+|all feeds)((?: +[\d,]+){5}) *$", output, re.MULTILINE)
    return {feed: [int(cell.replace(",", "")) for cell in cells.split()] for feed, cells in found}


def test_the_counts_add_up_and_something_is_quarantined(undisturbed: Undisturbed) -> None:
    rows = _rows(undisturbed.output)
    assert len(rows) > 10
    for feed, (_, read, landed, unchanged, quarantined) in rows.items():
        assert read == landed + unchanged + quarantined, feed
    assert rows["all feeds"][2] > 1000
    assert rows["all feeds"][4] > 0, "the generated district has dirt in it; something must have refused it"


def test_it_ends_with_everything_a_person_wants_to_know(undisturbed: Undisturbed) -> None:
    output = undisturbed.output
    for phrase in ("models", "tests, all passed", "ABC rule", "Ranked by", "Drift", "listed", "= seats"):
        assert phrase in output, phrase
    for report in ("model card", "drift report", "page of the night", "log"):
        path = re.search(rf"^{report} (/.+)$", output, re.MULTILINE)
        assert path, f"it does not say where the {report} lies"
        assert Path(path.group(1)).stat().st_size > 0


def test_every_seat_of_every_school_is_accounted_for(world: World, undisturbed: Undisturbed) -> None:
    with world.database("calm") as engine, engine.connect() as connection:
        schools = connection.execute(
            text(
                "select s.school_id, s.seats, s.open_nomination_seats, "
                "count(*) filter (where e.place = 'seat') as listed "
                "from lists.elt_list_school s join lists.elt_list l using (version) "
                "left join lists.elt_list_entry e on e.version = s.version and e.school_id = s.school_id "
                "where l.superseded_by is null group by 1, 2, 3"
            )
        ).all()
    assert schools
    assert all(row.listed + row.open_nomination_seats == row.seats for row in schools)


def test_nothing_secret_is_printed_logged_or_stored_by_airflow(world: World, undisturbed: Undisturbed) -> None:
    logs = [path.read_text(errors="replace") for path in (world.state / "logs").glob("*.log")]
    with world.database("airflow") as engine, engine.connect() as connection:
        stored = [str(row) for row in connection.execute(text("select value from xcom"))]
        stored += [
            str(row) for row in connection.execute(text("select rendered_fields from rendered_task_instance_fields"))
        ]
    for secret in world.secrets():
        assert not any(secret in found for found in (undisturbed.output, *logs, *stored))


def test_a_second_run_the_same_day_lands_nothing_and_changes_nothing(world: World, undisturbed: Undisturbed) -> None:
    code, output = world.command("run", "--district", str(undisturbed.district))
    assert code == 0, output
    rows = _rows(output)
    assert {feed: numbers[2] for feed, numbers in rows.items() if numbers[2]} == {}
    assert {feed: numbers[1] for feed, numbers in rows.items()} == {
        feed: numbers[1] for feed, numbers in _rows(undisturbed.output).items()
    }
    assert world.checksums("calm") == undisturbed.checksums
    with world.database("calm") as engine, engine.connect() as connection:
        assert connection.execute(text("select count(*) from lists.elt_list")).scalar_one() == 1


def test_an_earlier_day_is_refused_before_anything_is_done(world: World, undisturbed: Undisturbed) -> None:
    code, output = world.command("run", "--district", str(undisturbed.district), "--as-of", "2020-01-01")
    assert code == 1
    assert "cannot go back to 2020-01-01" in output
    assert "Traceback" not in output


def test_a_feed_fails_alone_and_stops_what_comes_after(world: World) -> None:
    folder = world.folder / "broken"
    folder.mkdir()
    (folder / "good.csv").write_text("id,name\n1,Ash\n2,Birch\n")
    feed = "{contract: sis.school, files: %s, columns: {school_id: id, name: name}}"
    (folder / "district.yml").write_text(
        "district: broken\ntitle: Broken\nas_of: 2026-03-02\nsources:\n  sis:\n    protocol: files\n    folder: .\n"
        f"    feeds:\n      missing: {feed % 'none.csv'}\n      school: {feed % 'good.csv'}\n"
    )
    code, output = world.command("run", "--district", str(folder))
    assert code == 1
    assert "ingest did not succeed" in output and "sis.missing" in output and "none.csv" in output
    assert "Traceback" not in output
    assert "transform" not in output.split("ingest did not succeed")[0], "transform ran without all feeds"
    with world.database("broken") as engine, engine.connect() as connection:
        assert connection.execute(text("select count(*) from landing.sis_school")).scalar_one() == 2
        failed = connection.execute(text("select feed, error from ops.feed_failure")).all()
    assert [row.feed for row in failed] == ["sis.missing"]
    assert "none.csv" in failed[0].error
