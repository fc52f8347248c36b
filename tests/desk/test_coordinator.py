"""The coordinator's page over the real desk: seats move, small counts never show, and no student is on it."""

import csv
import datetime as dt
import io
import re

import httpx
import pandas as pd
import pytest

from include.desk.seats import ALL_SCHOOLS, protected
from include.privacy.policy import Policy
from tests.desk.world import FAMILY, World, big_list, offer, read, release_seats


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
    counted = (("A", 40, 20, 15, 0, 20), ("B", 40, 20, 15, 0, 20), ("C", 3, 1, 0, 0, 2))
    found = {row["school"]: row for row in protected(counted, Policy())}
    hidden = {school for school, row in found.items() if pd.isna(row["listed"])}
    # Three children of C are few, and the sum with the two others would give them away: one more is withheld.
    assert "C" in hidden and len(hidden & {"A", "B"}) >= 1
    assert found[ALL_SCHOOLS]["listed"] == 83


def by_group(page: httpx.Response) -> str:
    """The part of the page that is about groups."""
    return page.text.partition("By group, all schools together")[2].partition("Lists that are old or over")[0]


def test_two_days_of_the_page_subtracted_give_nothing_about_a_group(world: World) -> None:
    version = big_list(world)
    release_seats(world, version, dt.date(2026, 2, 27))
    with world.signed_in("cora") as cora:
        address = f"/coordinator?version={version}"
        # The ninth offer is withheld, the tenth is seen: of the school, and of no group.
        offer(world, version, [f"X{number}" for number in range(1, 10)])
        first = cora.get(address)
        offer(world, version, ["X10"])
        second = cora.get(address)
        # A child's group may be put right too, in the marts that the desk does not look at.
        assert by_group(first) == by_group(second) != ""
    name_of_a = world.one("select school_name from marts.dim_school where school_id = 'A'")
    assert (row_of(first, name_of_a)[2], row_of(second, name_of_a)[2]) == ("–", "10")
    shown = by_group(second)
    assert "2026-02-27" in shown and "Black or African American" in shown and "White" in shown
    assert re.findall(r"data-label=.Offered.>(\d+|<abbr)", shown).count("<abbr") == 1, "4 who learn English are few"
    assert ">40<" in shown and ">22<" in shown and ">4<" not in shown


def test_the_database_counts_no_group_for_the_desk(world: World) -> None:
    columns = world.one("select pg_get_function_result('access.seat_counts'::regproc)")
    assert not re.search("race|program|group", columns), columns
    readable = world.one(
        "select string_agg(c.oid::regclass::text, ' ') from pg_class c join access.role r on r.name = 'desk'"
        " where c.relkind in ('r', 'v') and c.relname ~ 'subgroup|dim_student' and"
        " has_table_privilege(r.role_name::name, c.oid, 'select')"
    )
    assert readable is None


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
