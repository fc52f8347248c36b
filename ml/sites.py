"""What is known of a school: how many students its ELT site can take, and its district where a state has several."""

import datetime as dt

from sqlalchemy import Connection, text

from include.errors import SchoolhouseError
from ml.config import Experiment


def site_capacity(connection: Connection, experiment: Experiment, as_of: dt.date) -> dict[str, int] | None:
    """Capacity by school of the intervention sites; null where the district lists no site at all.

    Raises SchoolhouseError where it lists sites, but none for the configured term and programme.
    """
    rows = connection.execute(
        text(
            "select elt_term, program, school_id, sum(capacity)::integer as capacity from marts.fct_elt_site "
            "where stream = 'intervention' group by elt_term, program, school_id"
        )
    ).all()
    if not rows:
        return None
    term, program = experiment.elt_term(as_of), experiment.seats["program"]
    capacity = {row.school_id: row.capacity for row in rows if (row.elt_term, row.program) == (term, program)}
    if not capacity:
        listed = sorted({f"{row.elt_term} {row.program}" for row in rows})
        raise SchoolhouseError(
            f"No intervention site for the term {term!r} and programme {program!r}: the sites are for "
            f"{', '.join(listed)}. Set policy.elt.elt_term and policy.elt.program in district.yml."
        )
    return capacity


def districts_of(connection: Connection, as_of: dt.date) -> dict[str, str]:
    """District by school, as the newest assessment results known before the date say."""
    rows = connection.execute(
        text(
            "select distinct on (school_id) school_id, district_id from marts.fct_assessment_version "
            "where known_on < :as_of and school_id is not null and district_id is not null "
            "order by school_id, administered_on desc, district_id"
        ),
        {"as_of": as_of},
    )
    return {row.school_id: row.district_id for row in rows}
