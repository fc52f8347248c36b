"""The command line: quick to answer, and kind where something is wrong."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from include.settings import ROOT

HEAVY = {"airflow", "dbt", "metricflow", "pandas", "sklearn", "evidently", "sqlalchemy"}


def _command(*arguments: str, state: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "include.cli", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "SCHOOLHOUSE_STATE": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_help_does_not_wait_for_libraries() -> None:
    """Airflow alone takes seconds to import: each command imports what it needs, when it needs it."""
    code = f"import sys, include.cli; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_names_every_verb(tmp_path: Path) -> None:
    code, output = _command("--help", state=tmp_path)
    assert code == 0
    for verb in (
        "run",
        "test",
        "up",
        "down",
        "status",
        "land",
        "quarantine",
        "onboard",
        "psql",
        "check",
        "metrics",
        "demo",
    ):
        assert f" {verb} " in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--as-of", "3/2/2026"), "write it like 2026-03-02"),
        (("run", "--district", "nowhere"), "district.yml"),
        (("demo", "--out", "made", "--students", "12"), "the smallest district has 300"),
        (("demo", "--out", "made", "--years", "1"), "give 2 or more"),
        (("demo", "--out", "made", "--as-of", "1999-03-02"), "knows the years from 2010 to 2039"),
        (("demo", "--out", "README.md"), "is a file: name a folder"),
        (("service", "mailer"), "api-server, scheduler"),
    ],
)
def test_what_a_person_can_put_right_is_said_without_a_traceback(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, output = _command(*arguments, state=tmp_path)
    assert code == 1
    assert said in output
    assert "Traceback" not in output


def test_with_nothing_there_the_commands_say_so(tmp_path: Path) -> None:
    assert _command("down", state=tmp_path) == (0, "Nothing was running.\n")
    code, output = _command("status", state=tmp_path)
    assert code == 0
    assert "Nothing has run yet" in output
    assert not (tmp_path / "postgres.password").exists(), "asking for the status made a server"


def test_demo_writes_a_district_and_says_how_long_each_step_took(tmp_path: Path) -> None:
    out = tmp_path / "made"
    code, output = _command("demo", "--students", "300", "--years", "2", "--out", str(out), "--no-dirt", state=tmp_path)
    assert code == 0
    assert re.search(r"^ +\d+\.\d s  300 students over 2 school years$", output, re.MULTILINE)
    assert f"MB in {out}" in output
    assert (out / "truth.json").is_file()
    again = ("demo", "--students", "300", "--years", "2", "--out", str(out))
    assert _command(*again, state=tmp_path)[0] == 0
    code, output = _command(*again, "--night", "1", state=tmp_path)
    assert (code, "holds a whole district" in output) == (1, True)
    code, output = _command(*again[:-1], str(tmp_path / "night"), "--night", "1", state=tmp_path)
    assert code == 0
    assert (tmp_path / "night" / "sis" / "submissions_2025-26_2026-03-03.txt").is_file()
