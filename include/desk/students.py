"""A student's page, and what is done on it: decisions, notes, requests."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.dialects.postgresql import insert

from include.desk import charts, queries
from include.desk.pages import CheckedForm, NotFound, RequestKey, Visitor, may_write, page, see_other
from ml.lists.decisions import NEXT, NOMINATED, UNDONE, Refused, record
from models import desk

router = APIRouter()

LONGEST = 2000
# Nobody offers these a seat once more.
ANSWERED = ("accepted", "attended")


@router.get("/students/{student}")
def student_page(request: Request, visit: Visitor, student: str, done: str = "") -> Response:
    """Why a student is on the list, what was tried and decided; written down as read before it is read."""
    with visit.transaction() as connection:
        school = queries.student_school(connection, student)
        if school is None:
            raise NotFound
        standings = queries.standings(connection, student, list(visit.schools))
        lists = {item.version: item for item in queries.current_lists(connection)}
        seats = {version: queries.school_seats(connection, version, school) for version in lists}
        open_lists = [item for version, item in lists.items() if seats[version] is not None]
        seats |= {
            item.version: queries.school_seats(connection, item.version, item.school_id)
            for item in standings
            if item.school_id != school
        }
        # The reading is written down for good before the next transaction reads.
        queries.note_students(connection, visit.login, [student], "student page", queries.RECORD_INTEREST)
        tickets = {
            item.version: queries.ask_for_entry(connection, visit.login, item.version, student)
            for item in standings
            if item.rank is not None
        }
    with visit.transaction() as connection:
        record_ = queries.student_record(connection, student)
        reasons = {version: queries.entry_reasons(connection, ticket) for version, ticket in tickets.items()}
        values: dict[str, Any] = {
            "history": queries.history(connection, student),
            "notes": queries.notes(connection, student),
            "requests": queries.enrichment_requests(connection, student),
            "sites": queries.enrichment_sites(connection, school),
        }
        today = queries.today(connection)
    # Who has a seat, or was decided on, needs no nomination.
    settled = {item.version for item in standings if item.step is not None or item.place == "seat"}
    return page(
        request,
        "student.html",
        visit,
        student=student,
        school=school,
        record=record_,
        standings=standings,
        lists=lists,
        reasons=reasons,
        seats=seats,
        may_nominate=[] if record_ is None else [item for item in open_lists if item.version not in settled],
        may_write={
            item.version
            for item in standings
            if record_ is not None
            and item.place == "seat"
            and item.step not in ANSWERED
            and item.version in lists
            and may_write(lists[item.version], today)
        },
        steps_after={item.version: NEXT[item.step] for item in standings},
        attendance=None if record_ is None else charts.attendance(record_.attendance),
        results=[] if record_ is None else charts.results(record_.results),
        done=done,
        **values,
    )


@router.post("/students/{student}/decide", dependencies=[CheckedForm])
def decide(
    request: Request,
    visit: Visitor,
    key: RequestKey,
    student: str,
    version: Annotated[str, Form(max_length=200)],
    school: Annotated[str, Form(max_length=50)],
    step: Annotated[str, Form(max_length=20)],
    seen: Annotated[int, Form()],
    reason: Annotated[str, Form(max_length=LONGEST)] = "",
    back: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Take a decision. The answer comes after the database has it for good; the same form again changes nothing."""
    if school not in visit.schools or step not in (*(s for after in NEXT.values() for s in after), NOMINATED, UNDONE):
        raise NotFound
    try:
        with visit.transaction() as connection:
            if queries.student_school(connection, student) is None:
                raise NotFound
            day = queries.today(connection)
            record(connection, version, student, step, visit.login, day, reason, school, seen, key)
    except Refused as refused:
        return page(request, "refused.html", visit, 409, refused=refused, student=student, school=school)
    address = f"/list?school={quote(school)}&version={quote(version)}" if back == "list" else _address(student)
    return see_other(f"{address}{'&' if '?' in address else '?'}done={step}")


@router.post("/students/{student}/notes", dependencies=[CheckedForm])
def add_note(
    visit: Visitor,
    key: RequestKey,
    student: str,
    school: Annotated[str, Form(max_length=50)],
    text: Annotated[str, Form(max_length=LONGEST)],
    readers: Annotated[str, Form(max_length=20)],
) -> Response:
    """Add a note for the school's team, or for the principal alone."""
    if readers not in ("team", "principal") or not text.strip():
        raise NotFound
    with visit.transaction() as connection:
        if school not in visit.schools or queries.student_school(connection, student) is None:
            raise NotFound
        connection.execute(
            insert(desk.note)
            .values(
                student_id=student, school_id=school, by=visit.login, text=text.strip(), readers=readers,
                request_key=key,
            )
            .on_conflict_do_nothing()
        )  # fmt: skip
    return see_other(f"{_address(student)}?done=note#notes")


@router.post("/students/{student}/requests", dependencies=[CheckedForm])
def add_request(
    request: Request,
    visit: Visitor,
    key: RequestKey,
    student: str,
    school: Annotated[str, Form(max_length=50)],
    site: Annotated[str, Form(max_length=200)],
    origin: Annotated[str, Form(max_length=20)],
) -> Response:
    """Enter a request for a programme of enrichment; a lottery decides, and no score takes part in it."""
    term, _, program = site.partition("|")
    with visit.transaction() as connection:
        sites = {(row.elt_term, row.program) for row in queries.enrichment_sites(connection, school)}
        if (
            school not in visit.schools
            or (term, program) not in sites
            or origin not in ("family", "student", "staff")
            or queries.student_school(connection, student) is None
        ):
            raise NotFound
        added = connection.scalar(
            insert(desk.enrichment_request)
            .values(
                student_id=student, school_id=school, elt_term=term, program=program, origin=origin,
                requested_on=queries.today(connection), by=visit.login, request_key=key,
            )
            .on_conflict_do_nothing()
            .returning(desk.enrichment_request.c.request_id)
        )  # fmt: skip
        is_known = added is not None or any(
            row.request_key == key for row in queries.enrichment_requests(connection, student)
        )
    if not is_known:
        refused = Refused("asked_already", "The request is there already, entered by somebody else.")
        return page(request, "refused.html", visit, 409, refused=refused, student=student, school=school)
    return see_other(f"{_address(student)}?done=request")


def _address(student: str) -> str:
    return f"/students/{quote(student, safe='')}"
