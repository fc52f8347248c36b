"""Who looks at a list is written down first, and nobody changes what is written down."""

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from include.warehouse.engine import warehouse_engine
from tests.access.world import login_of, signed_on

TEAM = login_of("intervention_team")
ASK = "select access.ask_for_list('v1', '{}', '{}')"


def test_reading_a_list_says_who_whom_when_and_why(built: Engine) -> None:
    with signed_on(TEAM) as seat:
        ((ticket,),) = seat.rows(ASK.format("B", "plans seats for spring"))
        entries = seat.rows(f"select student_id, rank, place, band, reasons from access.read_list('{ticket}')")
    assert entries == [("late", 1, "seat", "high", [{"text": "absent on 4 of 20 days"}])]
    with built.connect() as connection:
        (row,) = connection.execute(
            text(
                "select login, signed_on_as, kind, student_id, school_id, version, interest, disclosed_at <= now()"
                " from access.disclosure where ticket = :ticket"
            ),
            {"ticket": ticket},
        )
    assert tuple(row) == (TEAM, TEAM, "list_entry", "late", "B", "v1", "plans seats for spring", True)


def test_a_note_that_could_be_rolled_back_reads_nothing(built: Engine) -> None:
    with signed_on(TEAM) as seat:
        seat.connection.autocommit = False
        ((ticket,),) = seat.rows(ASK.format("B", "curious"))
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="nothing says why"):
            seat.rows(f"select * from access.read_list('{ticket}')")
        seat.connection.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="nothing says why"):
            seat.rows(f"select * from access.read_list('{ticket}')")
        seat.connection.rollback()


@pytest.mark.parametrize(
    ("login", "query", "says"),
    [
        (TEAM, ASK.format("A", "plans seats"), "holds no role"),
        (TEAM, ASK.format("B", ""), "has_an_interest"),
        (TEAM, ASK.format("B", "..."), "has_an_interest"),
        (login_of("district_analyst"), ASK.format("A", "research"), "permission denied"),
        (TEAM, f"select access.note_list('{login_of('principal')}', 'v1', 'A', 'plans')", "permission denied"),
        (TEAM, f"select access.ask_for_list_of('{login_of('principal')}', 'v1', 'A', 'x')", "permission denied"),
        (TEAM, "select access.disclosures_of('late')", "permission denied"),
        (TEAM, "select * from lists.elt_list_entry", "permission denied"),
    ],
)
def test_no_other_way_leads_to_a_list(built: Engine, login: str, query: str, says: str) -> None:
    with signed_on(login) as seat, pytest.raises(psycopg.Error, match=says):
        seat.rows(query)


def test_a_ticket_is_its_readers_own(built: Engine) -> None:
    with signed_on(TEAM) as seat:
        ((ticket,),) = seat.rows(ASK.format("B", "plans seats"))
    with signed_on(login_of("principal")) as other, pytest.raises(psycopg.Error, match="nothing says why"):
        other.rows(f"select * from access.read_list('{ticket}')")


def test_the_desk_reads_for_a_person_who_may_and_says_for_whom(built: Engine) -> None:
    with warehouse_engine("desk").connect().execution_options(isolation_level="AUTOCOMMIT") as desk:
        ask = text("select access.ask_for_list_of(:login, 'v1', :school, 'decides')")
        with pytest.raises(ProgrammingError, match="holds no role"):
            desk.execute(ask, {"login": TEAM, "school": "A"})
        ticket = desk.scalar(ask, {"login": TEAM, "school": "B"})
        assert desk.execute(text("select count(*) from access.read_list(:t)"), {"t": ticket}).scalar() == 1
        desk.execute(
            text("select access.note_disclosure(:login, 'export', array['late', 'tenth'], 'spring.csv', 'bus plan')"),
            {"login": TEAM},
        )
        seen = desk.execute(text("select login, kind, version from access.disclosures_of('tenth')")).all()
    assert (TEAM, "export", "spring.csv") in [tuple(row) for row in seen]


def test_parents_requests_and_answers_are_kept(built: Engine) -> None:
    with warehouse_engine("desk").connect().execution_options(isolation_level="AUTOCOMMIT") as desk:
        request = desk.scalar(
            text("select access.note_request('tenth', 'a parent', 'amendment', '2025-10-01', 'absence of 3 September')")
        )
        for answer in ("refused", "amended"):
            desk.execute(text("select access.note_answer(:r, 'head', :a, 'x')"), {"r": request, "a": answer})
    with built.connect() as connection:
        answers = connection.scalars(
            text("select answer from access.inspection_answer where request_id = :r order by answer_id"),
            {"r": request},
        ).all()
    assert answers == ["refused", "amended"]


@pytest.mark.parametrize("table", ["disclosure", "inspection_request", "inspection_answer", "deletion"])
@pytest.mark.parametrize(
    "statement", ["delete from access.{}", "truncate access.{} cascade", "update access.{} set {}"]
)
def test_nobody_changes_the_log_the_owner_neither(built: Engine, table: str, statement: str) -> None:
    with built.connect() as connection:
        column = connection.scalar(
            text("select attname from pg_attribute where attrelid = cast(:t as regclass) and attnum = 3"),
            {"t": f"access.{table}"},
        )
        connection.execute(text("set session_replication_role = replica"))
        with pytest.raises(ProgrammingError, match="only added to"):
            connection.execute(text(statement.format(table, f"{column} = {column}")))
