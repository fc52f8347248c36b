"""What leaves the desk as a file: a list as a table, and letters to families; each is written down before it goes."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from sqlalchemy import Row

from include.desk import queries
from include.desk.exports import MEDIA_TYPES, About, note_export, write_export
from include.desk.letters import OFFER, Addressee, letters_policy, load_templates, write_letters
from include.desk.lists import Filters, narrowed
from include.desk.pages import CheckedForm, NotFound, Visit, Visitor, district, may_write, page
from include.errors import SchoolhouseError
from include.settings import settings

router = APIRouter()

EXPORT_INTEREST = "takes the school's list out of the desk to work on it"
COLUMNS = ("Rank", "Student number", "Family name", "Given name", "Grade", "Band", "Reasons", "Place", "Decision",
           "By", "On")  # fmt: skip
NOTICE = (
    "Education records of students: for the team of the school only. Do not send by mail or keep on your own devices;"
    " delete when the term is over. The order is a proposal by risk, not a judgement of a child."
)


@dataclass(frozen=True)
class Chosen:
    """A school's list and those of its students who are taken out."""

    school: str
    version: str
    as_of: dt.date
    rows: Sequence[Row[Any]]


def filters_of_form(
    school: Annotated[str, Form()] = "",
    version: Annotated[str, Form()] = "",
    status: Annotated[str, Form()] = "",
    place: Annotated[str, Form()] = "",
    band: Annotated[str, Form()] = "",
    q: Annotated[str, Form()] = "",
    sort: Annotated[str, Form()] = "rank",
) -> Filters:
    """The list's filters, as the form of its page hands them on."""
    return Filters(school, version, status, place, band, q, sort)


@router.post("/list/export", dependencies=[CheckedForm])
def export(
    request: Request,
    visit: Visitor,
    filters: Annotated[Filters, Depends(filters_of_form)],
    kind: Annotated[str, Form()],
) -> Response:
    """The rows that the list shows with these filters, as a file."""
    if kind not in MEDIA_TYPES:
        raise NotFound
    chosen = _chosen(visit, filters)
    with visit.transaction() as connection:
        today = queries.today(connection)
    about = About(visit.schools[chosen.school], chosen.version, chosen.as_of, today, visit.login, NOTICE)
    name = about.file_name(kind)
    with visit.transaction() as connection:
        note_export(connection, visit.login, [row.student_id for row in chosen.rows], name, EXPORT_INTEREST)
    content = write_export(kind, about, COLUMNS, map(_values, chosen.rows))
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get("/students/{student}/letter")
def letter(request: Request, visit: Visitor, student: str, version: str = "") -> Response:
    """The letter that offers a student's family the seat, in the language of the home; one page to print."""
    with visit.transaction() as connection:
        standings = queries.standings(connection, student, list(visit.schools))
    school = next((item.school_id for item in standings if item.version == version), None)
    if school is None:
        raise NotFound
    return _letters(request, visit, school, version, [student])


@router.post("/list/letters", dependencies=[CheckedForm])
def letters(request: Request, visit: Visitor, filters: Annotated[Filters, Depends(filters_of_form)]) -> Response:
    """The same letters for all whom the list shows with these filters, one a sheet."""
    chosen = _chosen(visit, filters)
    return _letters(request, visit, chosen.school, chosen.version, [row.student_id for row in chosen.rows])


def _letters(request: Request, visit: Visit, school: str, version: str, students: Sequence[str]) -> Response:
    """Raises NotFound where the list is not there or over, or the district has no text for it."""
    folder, policy = settings().district_path, letters_policy(district())
    with visit.transaction() as connection:
        head = next((item for item in queries.current_lists(connection) if item.version == version), None)
        today = queries.today(connection)
        if head is None or policy is None or not may_write(head, today):
            raise NotFound
        rows = queries.seats_to_offer(connection, version, school, students)
        site = queries.site_of(connection, school, head.elt_term, head.program)
    if not rows:
        return page(request, "message.html", visit, 404, what="no_letter")
    with visit.transaction() as connection:
        ticket = queries.note_letters(connection, visit.login, [row.student_id for row in rows], version)
    with visit.transaction() as connection:
        languages = queries.home_languages(connection, ticket)
    addressees = [
        Addressee(
            row.student_id,
            languages[row.student_id],
            {
                "student": " ".join(filter(None, (row.given_name, row.family_name))),
                "given_name": row.given_name,
                "school": visit.schools[school],
                "district": district().title,
                "elt_term": head.elt_term,
                "starts_on": None if site is None else site.starts_on,
                "ends_on": None if site is None else site.ends_on,
                "answer_by": today + dt.timedelta(days=policy.answer_within_days),
                "sent_on": today,
                "contact": policy.contact,
            },
        )
        for row in rows
        # Who has no seat any more since a moment ago gets no letter.
        if row.student_id in languages
    ]
    try:
        templates = load_templates(folder / policy.folder)
        written = write_letters(templates[head.program, OFFER], addressees)
    except SchoolhouseError as error:
        return page(request, "message.html", visit, 409, what="no_letters", details=str(error).splitlines())
    return page(request, "letters.html", visit, letters=written, back=Filters(school, version).address())


def _chosen(visit: Visit, filters: Filters) -> Chosen:
    """Raises NotFound where the list or the school is not the person's."""
    school = filters.school or next(iter(visit.schools), "")
    if school not in visit.schools:
        raise NotFound
    with visit.transaction() as connection:
        lists = queries.current_lists(connection)
        head = next((item for item in lists if filters.version in ("", item.version)), None)
        seats = None if head is None else queries.school_seats(connection, head.version, school)
    if head is None or seats is None:
        raise NotFound
    with visit.transaction() as connection:
        ticket = queries.note_reading_of_list(connection, visit.login, head.version, school, seats)
    with visit.transaction() as connection:
        rows = queries.list_rows(connection, head.version, school, ticket)
    return Chosen(school, head.version, head.as_of, narrowed(rows, filters))


def _values(row: Row[Any]) -> tuple[Any, ...]:
    reasons = "; ".join(reason["text"] for reason in row.reasons or [])
    return (row.rank, row.student_id, row.family_name, row.given_name, row.grade, row.band, reasons, row.place,
            row.step, row.by, row.on_date)  # fmt: skip
