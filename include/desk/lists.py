"""My list: the students of a school for the term, and the search for one who is not on it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Row

from include.desk import queries
from include.desk.pages import NotFound, Visitor, may_write, page, see_other

router = APIRouter()

SORTS = ("rank", "name", "status")
UNDECIDED = "undecided"


@dataclass(frozen=True)
class Filters:
    """What of the list is shown, as it stands in the address; '' is everything."""

    school: str = ""
    version: str = ""
    status: str = ""
    place: str = ""
    band: str = ""
    q: str = ""
    sort: str = "rank"

    def address(self, **changes: str) -> str:
        """The list's address with these filters, some of them changed."""
        given = {name: value for name, value in (asdict(self) | changes).items() if value}
        return f"/list?{urlencode(given)}" if given else "/list"


@router.get("/")
def first_page(visit: Visitor) -> Response:
    """Where the person's work is."""
    return see_other("/list" if visit.is_team or not visit.is_coordinator else "/coordinator")


@router.get("/list")
def my_list(request: Request, visit: Visitor, filters: Annotated[Filters, Depends()], done: str = "") -> Response:
    """The list of one school, written down as read before it is read."""
    if not visit.is_team:
        return page(request, "message.html", visit, 403, what="no_school")
    school = filters.school or next(iter(visit.schools))
    if school not in visit.schools:
        raise NotFound
    with visit.transaction() as connection:
        lists = queries.current_lists(connection)
        chosen = next((item for item in lists if filters.version in ("", item.version)), None)
        if filters.version and chosen is None:
            raise NotFound
        seats = None if chosen is None else queries.school_seats(connection, chosen.version, school)
        # The reading is written down for good before the next transaction reads.
        ticket = None
        if chosen is not None and seats is not None:
            ticket = queries.note_reading_of_list(connection, visit.login, chosen.version, school, seats)
    if chosen is None or seats is None:
        return page(request, "list.html", visit, filters=filters, school=school, lists=lists, chosen=None, done=done)
    with visit.transaction() as connection:
        rows = queries.list_rows(connection, chosen.version, school, ticket)
        today = queries.today(connection)
    return page(
        request,
        "list.html",
        visit,
        filters=filters,
        school=school,
        lists=lists,
        chosen=chosen,
        seats=seats,
        rows=narrowed(rows, filters),
        all_rows=len(rows),
        done=done,
        may_write=may_write(chosen, today),
        bands_here=sorted({row.band for row in rows if row.band}),
    )


def narrowed(rows: Sequence[Row[Any]], filters: Filters) -> list[Row[Any]]:
    """The rows that the filters leave, in the order asked for; a filter that nothing fits leaves none."""
    found = [
        row
        for row in rows
        if filters.status in ("", row.step or UNDECIDED)
        and filters.place in ("", row.place)
        and filters.band in ("", row.band)
        and all(word in _searched(row) for word in filters.q.casefold().split())
    ]
    if filters.sort == "name":
        found.sort(key=lambda row: (row.family_name or "~", row.given_name or "", row.student_id))
    elif filters.sort == "status":
        found.sort(key=lambda row: (row.step or "", row.rank or 0))
    return found


def _searched(row: Row[Any]) -> str:
    return f"{row.given_name or ''} {row.family_name or ''} {row.student_id}".casefold()


@router.get("/students")
def search(request: Request, visit: Visitor, q: str = "") -> Response:
    """Students of my schools by name, to nominate one who is not on the list; who was found is written down."""
    if not visit.is_team:
        return page(request, "message.html", visit, 403, what="no_school")
    found: Sequence[Row[Any]] = []
    if len(q.strip()) >= 2:
        with visit.transaction() as connection:
            found = queries.find_students(connection, q)
            if found:
                ids = [row.student_id for row in found]
                queries.note_students(connection, visit.login, ids, "search", queries.SEARCH_INTEREST)
    return page(request, "search.html", visit, q=q, found=found)
