"""The coordinator's page: seats of all schools, what was released by group, lists that are old or held, and why."""

from fastapi import APIRouter, Request, Response
from sqlalchemy import text

from include.desk import queries
from include.desk.pages import NotFound, Visitor, district, page
from include.desk.seats import released_by_group, seat_figures
from include.privacy.policy import Policy

router = APIRouter()

HELD = """
select as_of, verdict, failing, released_by, reason from ml.release_decision
where verdict <> 'pass' order by as_of desc limit 12
"""


@router.get("/coordinator")
def seats_of_all_schools(request: Request, visit: Visitor, version: str = "") -> Response:
    """How seats fill by school, and by group as of the last release; no student is on it."""
    if not visit.is_coordinator:
        raise NotFound
    privacy = Policy(min_cell=int(district().policy.get("min_cell", Policy().min_cell)))
    with visit.transaction() as connection:
        lists = queries.current_lists(connection)
        chosen = next((item for item in lists if version in ("", item.version)), None)
        if version and chosen is None:
            raise NotFound
        figures = [] if chosen is None else seat_figures(connection, chosen.version, privacy)
        groups = [] if chosen is None else released_by_group(connection, chosen.elt_term, chosen.program)
        names = {
            row.school_id: row.school_name
            for row in connection.execute(text("select school_id, school_name from marts.dim_school"))
        }
        held = connection.execute(text(HELD)).all()
    return page(
        request,
        "coordinator.html",
        visit,
        lists=lists,
        chosen=chosen,
        names=names,
        figures=figures,
        groups=groups,
        held=held,
    )
