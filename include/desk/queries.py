"""What the pages ask the warehouse, in the person's transaction: rows of other schools are not there to be found."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

LIST_INTEREST = "works on the school's list at the desk"
RECORD_INTEREST = "decides on extended learning time at the desk"
LETTER_INTEREST = "writes to the family about a seat, from the desk"
SEARCH_INTEREST = "looks for a student of the school to nominate"


def today(connection: Connection) -> dt.date:
    """The warehouse's day."""
    return connection.execute(text("select access.today()")).scalar_one()


def current_lists(connection: Connection) -> Sequence[Row[Any]]:
    """The lists that nothing supersedes, the newest first."""
    return connection.execute(
        text("select * from lists.elt_list where superseded_by is null order by as_of desc, elt_term, program")
    ).all()


def school_seats(connection: Connection, version: str, school: str) -> Row[Any] | None:
    """Seats of a school on a list: all, kept for nominations, offered or taken, accepted, and left."""
    return connection.execute(
        text(
            """
            select c.seats, c.open_nomination_seats,
                count(*) filter (where s.step in ('offered', 'accepted', 'attended')) as offered,
                count(*) filter (where s.step in ('accepted', 'attended')) as accepted,
                count(*) filter (where s.step = 'attended') as attended,
                count(*) filter (where s.is_nominated and s.place <> 'out') as nominated,
                greatest(c.seats - count(*) filter (where s.step in ('offered', 'accepted', 'attended')), 0)
                    as left_over,
                count(*) filter (where s.rank is not null) as entries,
                array_agg(s.student_id) filter (where s.rank is null) as unlisted
            from lists.elt_list_school as c
            left join lists.standing as s on s.version = c.version and s.school_id = c.school_id
            where c.version = :version and c.school_id = :school
            group by c.seats, c.open_nomination_seats
            """
        ),
        {"version": version, "school": school},
    ).first()


def note_reading_of_list(connection: Connection, login: str, version: str, school: str, seats: Row[Any]) -> str | None:
    """Write down that the list is read; returns the ticket that shows the reasons, None where nobody is listed."""
    if seats.unlisted:
        note_students(connection, login, seats.unlisted, version, LIST_INTEREST)
    if not seats.entries:
        return None
    ticket = connection.scalar(
        text("select access.ask_for_list_of(:login, :version, :school, :interest)"),
        {"login": login, "version": version, "school": school, "interest": LIST_INTEREST},
    )
    return str(ticket)


def note_students(connection: Connection, login: str, students: Sequence[str], what: str, interest: str) -> None:
    """Write down that records are shown."""
    note_disclosure(connection, login, "record", students, what, interest)


def note_disclosure(
    connection: Connection, login: str, kind: str, students: Sequence[str], what: str, interest: str
) -> UUID | None:
    """Write a disclosure of a kind down; returns its ticket."""
    return connection.scalar(
        text("select access.note_disclosure(:login, :kind, :students, :what, :interest)"),
        {"login": login, "kind": kind, "students": list(students), "what": what, "interest": interest},
    )


def seats_to_offer(connection: Connection, version: str, school: str, students: Sequence[str]) -> Sequence[Row[Any]]:
    """Of the students those who have a seat and whose family has not answered, in rank; only who is here today."""
    return connection.execute(
        text(
            """
            select s.student_id, p.given_name, p.family_name
            from lists.standing as s
            join identity.student_page as p on p.student_id = s.student_id and p.school_id = s.school_id
            where s.version = :version and s.school_id = :school and s.student_id = any(:students)
            and s.place = 'seat' and coalesce(s.step, '') not in ('accepted', 'attended')
            order by s.rank nulls last, p.family_name, s.student_id
            """
        ),
        {"version": version, "school": school, "students": list(students)},
    ).all()


def site_of(connection: Connection, school: str, elt_term: str, program: str) -> Row[Any] | None:
    """First and last day of a programme at a school."""
    return connection.execute(
        text(
            "select starts_on, ends_on from marts.fct_elt_site"
            " where school_id = :school and elt_term = :elt_term and program = :program"
        ),
        {"school": school, "elt_term": elt_term, "program": program},
    ).first()


def note_letters(connection: Connection, login: str, students: Sequence[str], version: str) -> str:
    """Write down for whom letters are written; returns the ticket that shows the languages of their homes."""
    return str(note_disclosure(connection, login, "letter", students, version, LETTER_INTEREST))


def home_languages(connection: Connection, ticket: str) -> dict[str, str | None]:
    """The language of each home that the ticket is for, None where it is not known."""
    rows = connection.execute(text("select * from access.read_home_languages(cast(:t as uuid))"), {"t": ticket})
    return {row.student_id: row.home_language for row in rows}


def list_rows(connection: Connection, version: str, school: str, ticket: str | None) -> Sequence[Row[Any]]:
    """The students of a school's list where they stand, in rank; names only of those who go to the school today."""
    return connection.execute(
        text(
            """
            select s.*, r.reasons, p.given_name, p.family_name, p.grade, p.student_id is not null as is_here
            from lists.standing as s
            left join access.read_list(cast(:ticket as uuid)) as r on r.student_id = s.student_id
            left join identity.student_page as p on p.student_id = s.student_id and p.school_id = s.school_id
            where s.version = :version and s.school_id = :school
            order by s.rank nulls last, p.family_name, s.student_id
            """
            if ticket is not None
            else """
            select s.*, null as reasons, p.given_name, p.family_name, p.grade, p.student_id is not null as is_here
            from lists.standing as s
            left join identity.student_page as p using (student_id, school_id)
            where s.version = :version and s.school_id = :school
            order by p.family_name, s.student_id
            """
        ),
        {"version": version, "school": school, "ticket": ticket},
    ).all()


def student_school(connection: Connection, student: str) -> str | None:
    """The person's school at which the student is today, or on whose list; None where there is none."""
    return connection.scalar(
        text(
            "select school_id from identity.student_page where student_id = :student"
            " union all select school_id from lists.elt_list_entry where student_id = :student"
            " union all select school_id from lists.elt_decision where student_id = :student limit 1"
        ),
        {"student": student},
    )


def student_record(connection: Connection, student: str) -> Row[Any] | None:
    """What the page of a student shows; None where the student goes to none of the person's schools today."""
    return connection.execute(
        text("select * from identity.student_page where student_id = :student order by entered_on desc limit 1"),
        {"student": student},
    ).first()


def standings(connection: Connection, student: str, schools: list[str]) -> Sequence[Row[Any]]:
    """Where a student stands on each current list of the schools; their names keep the question small."""
    return connection.execute(
        text("select * from lists.standing where school_id = any(:schools) and student_id = :student order by version"),
        {"student": student, "schools": schools},
    ).all()


def ask_for_entry(connection: Connection, login: str, version: str, student: str) -> str:
    """Write down that a student's entry is read; returns the ticket."""
    return str(
        connection.scalar(
            text("select access.ask_for_entry_of(:login, :version, :student, :interest)"),
            {"login": login, "version": version, "student": student, "interest": RECORD_INTEREST},
        )
    )


def entry_reasons(connection: Connection, ticket: str) -> list[dict[str, Any]]:
    """The reasons of the entry that the ticket is for."""
    found = connection.scalar(text("select reasons from access.read_list(cast(:t as uuid))"), {"t": ticket})
    return found or []


def history(connection: Connection, student: str) -> Sequence[Row[Any]]:
    """Every decision about a student at the person's schools, the newest first, and what was undone."""
    return connection.execute(
        text(
            """
            select d.*, exists (select from lists.elt_decision as u where u.undoes = d.decision_id) as is_undone
            from lists.elt_decision as d where d.student_id = :student order by d.decision_id desc
            """
        ),
        {"student": student},
    ).all()


def notes(connection: Connection, student: str) -> Sequence[Row[Any]]:
    """Notes about a student that the person may read, the newest first."""
    return connection.execute(
        text("select * from desk.note where student_id = :student order by note_id desc"), {"student": student}
    ).all()


def enrichment_requests(connection: Connection, student: str) -> Sequence[Row[Any]]:
    """Requests for enrichment that were entered at the desk for a student."""
    return connection.execute(
        text("select * from desk.enrichment_request where student_id = :student order by request_id desc"),
        {"student": student},
    ).all()


def enrichment_sites(connection: Connection, school: str) -> Sequence[Row[Any]]:
    """Programmes of enrichment at a school that are not over."""
    return connection.execute(
        text(
            """
            select distinct elt_term, program from marts.fct_elt_site
            where stream = 'enrichment' and school_id = :school and (ends_on is null or ends_on >= access.today())
            order by elt_term, program
            """
        ),
        {"school": school},
    ).all()


def find_students(connection: Connection, words: str, limit: int = 20) -> Sequence[Row[Any]]:
    """Students of the person's schools by parts of the name, or by the whole number."""
    return connection.execute(
        text(
            r"""
            select student_id, school_id, given_name, family_name, grade from identity.student_page
            where student_id = :words or (
                select bool_and(concat(given_name, ' ', family_name) ilike
                    '%' || regexp_replace(word, '([\\%_])', '\\\1', 'g') || '%')
                from regexp_split_to_table(:words, '\s+') as word
            )
            order by family_name, given_name, student_id limit :limit
            """
        ),
        {"words": words.strip(), "limit": limit},
    ).all()
