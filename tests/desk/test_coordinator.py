"""The coordinator's page over the real desk: seats move, small counts never show, and no student is on it."""

import csv
import io

import httpx
import pandas as pd
import pytest
from sqlalchemy import text

from include.desk.seats import ALL_SCHOOLS, EVERYONE, protected
from include.privacy.policy import Policy
from tests.desk.world import FAMILY, World, read

DECIDE = (
    "insert into lists.elt_decision (version, elt_term, program, student_id, school_id, step, by, on_date)"
    " values (:v, '2026-spring', split_part(:v, '.', 2), :student, :school, 'offered', 'ana', '2026-03-02')"
)


def big_list(world: World) -> str:
    """A list with 30 students of A, 20 seats there, and 6 students of B."""
    version = world.new_list()
    with world.engine.begin() as connection:
        connection.execute(
            text(
                "update lists.elt_list_school set seats = 20, seat_entries = 19 where version = :v and school_id = 'A'"
            ),
            {"v": version},
        )
        connection.execute(
            text(
                "insert into lists.elt_list_entry select :v, 'X' || n, 'A', split_part(:v, '.', 2), n + 100,"
                " 'waitlist', 0.5, 'low', 'rule', 'x', '[]', 'proposed' from generate_series(1, 24) n"
            ),
            {"v": version},
        )
    return version


def offer(world: World, version: str, students: list[str], school: str = "A") -> None:
    with world.engine.begin() as connection:
        connection.execute(text(DECIDE), [{"v": version, "student": student, "school": school} for student in students])


def row_of(page: httpx.Response, school: str) -> list[str]:
    """Cells of the school's row in the first table, in words."""
    part = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    [row] = [row for row in part.split("<tr>") if f">{school}<" in row]
    cells = [cell.partition(">")[2].partition("</td>")[0] for cell in row.split("<td")[1:]]
    return ["–" if "–" in cell else cell for cell in cells]


def test_the_coordinator_sees_seats_move_and_no_small_count(world: World) -> None:
    version = big_list(world)
    offer(world, version, [f"X{number}" for number in range(1, 12)])
    address = f"/coordinator?version={version}"
    with world.signed_in("cora") as cora:
        before = cora.get(address)
        offer(world, version, ["X12"])
        after = cora.get(address)
    name_of_a = world.one("select school_name from marts.dim_school where school_id = 'A'")
    name_of_b = world.one("select school_name from marts.dim_school where school_id = 'B'")
    assert [row_of(before, name_of_a)[at] for at in (0, 2)] == ["20", "11"]
    assert [row_of(after, name_of_a)[at] for at in (0, 2)] == ["20", "12"]
    beta = row_of(after, name_of_b)
    assert (beta[0], beta[1], beta[2]) == ("4", "–", "0")
    # 36 less 30 would be Beta's 6.
    assert "–" in (row_of(after, name_of_a)[1], row_of(after, "All schools")[1])
    assert all(name not in after.text for name in FAMILY.values()) and "X12" not in after.text


@pytest.mark.parametrize("login", ["ana", "paula", "dana"])
def test_nobody_else_sees_the_page_or_its_counts(world: World, login: str) -> None:
    browser = world.browser()
    browser.sign_in(login)
    assert browser.get("/coordinator").status_code == httpx.codes.NOT_FOUND


def test_what_is_withheld_at_one_school_is_not_to_be_subtracted() -> None:
    counted = (
        ("A", EVERYONE, EVERYONE, 40, 20, 15, 0, 20), ("A", "black", EVERYONE, 37, 19, 14, 0, 18),
        ("C", EVERYONE, EVERYONE, 3, 1, 0, 0, 2), ("C", "black", EVERYONE, 3, 1, 0, 0, 2),
        ("A", "white", EVERYONE, 3, 1, 1, 0, 2), ("B", EVERYONE, EVERYONE, 40, 20, 15, 0, 20),
        ("B", "black", EVERYONE, 20, 10, 10, 0, 10), ("B", "white", EVERYONE, 20, 10, 5, 0, 10),
        ("A", EVERYONE, "el", 12, 12, 12, 0, 0),
    )  # fmt: skip
    found = {(row["school"], row["race"], row["program"]): row for row in protected(counted, Policy())}
    hidden = {key for key, row in found.items() if pd.isna(row["listed"])}
    # Three children of Gamma are few, and its sum with the two others would give them away: one more is withheld.
    assert ("C", EVERYONE, EVERYONE) in hidden and len(hidden & {(s, EVERYONE, EVERYONE) for s in "AB"}) >= 1
    # Nobody counts a school's groups: of 83 children 60 and 23 by race, and 71 beside the 12 who learn English.
    assert found[ALL_SCHOOLS, "black", EVERYONE]["listed"] == 60 and found[ALL_SCHOOLS, EVERYONE, "el"]["listed"] == 12
    assert not any(key[0] != ALL_SCHOOLS and key[1:] != (EVERYONE, EVERYONE) for key in found)
    assert found[ALL_SCHOOLS, EVERYONE, EVERYONE]["listed"] == 83


def test_an_export_holds_what_the_list_shows_and_is_written_down(world: World) -> None:
    version = world.new_list()
    with world.signed_in("ana") as ana:
        page = ana.get(f"/list?version={version}&q={FAMILY['A']}&place=seat")
        form = next(form for form in read(page)[0]
                    if form.action.startswith("/list/export"))  # fmt: skip
        answer = ana.send(form, kind="csv")
        refused = ana.client.post(form.action, data={**form.fields, "form_token": "x", "kind": "csv"})
        other = ana.send(form, kind="csv", school="B")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert rows[1] == ["List", version] and rows[2] == ["As of", "2026-03-02"]
    assert [row[1] for row in rows[7:]] == ["A01", "A02", "A03"] and rows[7][2] == FAMILY["A"]
    assert "attachment" in answer.headers["content-disposition"] and answer.headers["cache-control"] == "no-store"
    assert refused.status_code == httpx.codes.FORBIDDEN and other.status_code == httpx.codes.NOT_FOUND
    assert FAMILY["B"] not in other.text
    file = answer.headers["content-disposition"].partition('"')[2].rstrip('"')
    noted = "select string_agg(student_id, ' ' order by student_id) from access.disclosure where kind = 'export'"
    assert world.one(f"{noted} and version = :f", f=file) == "A01 A02 A03"
