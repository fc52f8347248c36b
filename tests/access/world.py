"""A district of two schools in which every table about persons has rows of both, and people who hold the roles."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import Engine, text

from include.access.logins import sync_logins
from include.districts import load_district
from include.warehouse.engine import warehouse_url
from tests.dbt.tiny_district import FIRST_DAY, Row, land, land_exceptions, land_people

OTHERS = ("district_leader", "district_analyst", "equity_auditor", "hr_analyst", "finance_analyst", "data_engineer",
          "meal_status_reader", "elt_coordinator")  # fmt: skip
# Who sees the rows of one school: the principal of A, and the team of B.
SCHOOL_OF = {"principal": "A", "intervention_team": "B"}
PEOPLE = (*OTHERS, *SCHOOL_OF)
PASSWORD = "for-tests-only"
DAY = dt.date(2025, 10, 1)
# Who is enrolled where on the last day, by the tiny district's own rows.
STUDENTS_OF_A = {"tenth", "almost", "full", "twice"}


def login_of(role: str) -> str:
    """The login of the person who holds the role."""
    return f"test_{role}"


def land_everything(engine: Engine) -> None:
    """The tiny district, and rows for what it leaves empty."""
    land_people(engine)
    land_exceptions(engine)
    students = {"A": "tenth", "B": "late"}
    both = sorted(students.items())

    def each(**values: object) -> list[Row]:
        return [{"student_id": student, "school_id": school, **values} for school, student in both]

    land(engine, "sis.course", [{"course_id": "C1", "title": "Algebra", "subject": "math", "is_core": True}])
    land(engine, "sis.term", [{"term_id": "T1", "title": "Year", "kind": "school_year", "starts_on": FIRST_DAY,
                               "ends_on": dt.date(2026, 6, 15), "school_year": 2026}])  # fmt: skip
    land(engine, "sis.course_grade",
         each(course_id="C1", term_id="T1", school_year=2026, mark="F", posted_on=DAY))  # fmt: skip
    land(engine, "sis.assessment_result",
         each(assessment="MAPLE", subject="math", school_year=2026, administration="fall", administered_on=DAY,
              grade="05", scale_score=200, level="2", posted_on=DAY))  # fmt: skip
    land(engine, "sis.discipline_action",
         [{**row, "action_id": f"D{row['school_id']}"} for row in
          each(on_date=DAY, code="OSS", days=2, is_discretionary=True, posted_on=DAY)])  # fmt: skip
    land(engine, "programs.participation",
         [{"student_id": student, "program": program, "begins_on": FIRST_DAY} for student in ("tenth", "late")
          for program in ("low_income", "swd")])  # fmt: skip
    land(engine, "programs.elt_site",
         [{"school_id": school, "elt_term": "2026-spring", "program": "after_school", "stream": "intervention",
           "capacity": 10, "starts_on": FIRST_DAY, "ends_on": dt.date(2026, 6, 1)} for school in "AB"])  # fmt: skip
    land(engine, "programs.elt_request",
         [{**row, "request_id": f"R{row['school_id']}"} for row in
          each(elt_term="2026-spring", program="after_school", stream="intervention", origin="family",
               requested_on=DAY, posted_on=DAY)])  # fmt: skip
    land(engine, "programs.elt_decision",
         [{**row, "decision_id": str(number)} for number, row in enumerate(
          each(version="v1", elt_term="2026-spring", program="after_school", place="seat", step="confirmed",
               decided_on=DAY), start=1)])  # fmt: skip
    land(engine, "community.registration",
         [{**row, "application_id": f"G{row['school_id']}"} for row in
          each(grade="05", home_language="es", submitted_on=FIRST_DAY, posted_on=FIRST_DAY)])  # fmt: skip
    land(engine, "hr.position",
         [{"position_id": f"p{staff}{school}", "school_id": school, "job_group": job, "title": "Teacher",
           "budgeted_fte": 1, "account_code": "a1", "opened_on": FIRST_DAY}
          for staff, school, job in (("t1", "A", "teacher"), ("t2", "A", "teacher"), ("t2", "B", "teacher"),
                                     ("t3", "B", "health"))])  # fmt: skip
    land(engine, "hr.requisition",
         [{"requisition_id": f"Q{school}", "position_id": f"pt2{school}", "school_id": school, "job_group": "teacher",
           "posted_on": FIRST_DAY} for school in "AB"])  # fmt: skip
    land(engine, "hr.application",
         [{"application_id": f"P{school}", "requisition_id": f"Q{school}", "applicant_id": f"x{school}",
           "is_hispanic": True, "applied_on": DAY} for school in "AB"])  # fmt: skip
    land(engine, "hr.separation",
         [{"staff_id": "t1", "separated_on": dt.date(2025, 10, 20), "reason": "retirement"}])  # fmt: skip
    land(engine, "finance.payroll_line",
         [{"staff_id": staff, "position_id": f"p{staff}{school}", "account_code": "a1", "fiscal_year": 2026,
           "pay_run": "1", "period_ends_on": DAY, "fte": 1, "amount": 1000, "posted_on": DAY}
          for staff, school in (("t1", "A"), ("t3", "B"))])  # fmt: skip


def land_list(engine: Engine) -> None:
    """A list of two students, one at each school, with the score behind it; and what a contract refused of them."""
    with engine.begin() as connection:
        connection.execute(text(
            "insert into ml.model (model_id, as_of, elt_term, code_sha256, data_sha256, artifact_sha256, artifact,"
            " shipped, algorithm, features, outcomes, metrics, groups, limits, experiment, needs_review, card_path,"
            " card) values ('m', '2025-10-31', '2026-spring', '', '', '', '', 'rule', 'abc_rule', '[]', '[]', '{}',"
            " '[]', '[]', '{}', '[]', '', '')"))  # fmt: skip
        connection.execute(text(
            "insert into lists.elt_list (version, as_of, elt_term, program, expires_on, status, needs_review, seats,"
            " model_id, content_sha256, seed) values ('v1', '2025-10-31', '2026-spring', 'after_school',"
            " '2026-01-31', 'proposed', '[]', 2, 'm', '', '')"))  # fmt: skip
        for school, student in (("A", "tenth"), ("B", "late")):
            values = {"school": school, "student": student}
            connection.execute(text(
                "insert into lists.elt_list_school (version, school_id, cohort, capacity, risk_sum, seats,"
                " seat_entries, open_nomination_seats, waitlist_entries)"
                " values ('v1', :school, 3, 10, 1, 1, 1, 0, 0)"), values)  # fmt: skip
            connection.execute(text(
                "insert into lists.elt_list_entry (version, student_id, school_id, program, rank, place, risk, band,"
                " method, tie_break, reasons, status) values ('v1', :student, :school, 'after_school', 1, 'seat', 0.9,"
                """ 'high', 'rule', 'x', '[{"text": "absent on 4 of 20 days"}]', 'proposed')"""), values)  # fmt: skip
            connection.execute(text(
                "insert into ml.score (as_of, elt_term, student_id, school_id, model_id, status, risk, priority, band,"
                " method, reasons) values ('2025-10-31', '2026-spring', :student, :school, 'm', 'scored', 0.9, 1,"
                " 'high', 'rule', '[]')"), values)  # fmt: skip
            connection.execute(text(
                "insert into ml.feature_row (as_of, student_id, school_id, school_year)"
                " values ('2025-10-31', :student, :school, 2026)"), values)  # fmt: skip
        connection.execute(text(
            "insert into ops.load (source, feed, contract, file_name, file_sha256, as_of, status, mapping_md5,"
            " rows_read, landed, unchanged, quarantined, closed, filtered, is_history, unmapped_columns, started_at,"
            " finished_at) values ('sis', 'sis.student', 'sis.student', 'students.csv', 'x', '2025-10-31', 'landed',"
            " '', 1, 0, 0, 1, 0, 0, true, '[]', now(), now())"))  # fmt: skip
        connection.execute(text(
            "insert into ops.quarantine (load_id, feed, contract, file_name, line, column_name, value, reason,"
            " problems, raw) select load_id, feed, contract, file_name, 2, 'grade', 'tenth', 'no grade', '[]',"
            """ '{"student": "tenth"}' from ops.load"""))  # fmt: skip


def hire(engine: Engine) -> None:
    """Let everybody of PEOPLE hold his role and sign on."""
    with engine.begin() as connection:
        for role in PEOPLE:
            connection.execute(
                text(
                    "insert into access.manual_assignment (login, role, school_id, begins_on, ends_on, reason)"
                    " values (:login, :role, :school, '2020-01-01', '2999-12-31', 'tests')"
                ),
                {"login": login_of(role), "role": role, "school": SCHOOL_OF.get(role)},
            )
    sync_logins(load_district())
    with engine.begin() as connection:
        for role in PEOPLE:
            connection.execute(text(f"alter role {login_of(role)} password '{PASSWORD}'"))


@dataclass(frozen=True)
class Seat:
    """Somebody at a prompt."""

    connection: psycopg.Connection

    def rows(self, query: str) -> list[tuple]:
        """What a query answers."""
        return self.connection.execute(query.encode()).fetchall()

    def values(self, query: str) -> set[object]:
        """The different values of a query's only column."""
        return {row[0] for row in self.rows(query)}


@contextmanager
def signed_on(login: str, database: str | None = None) -> Iterator[Seat]:
    """Sign on with a login of one's own, as a person does; each statement is a transaction."""
    url = warehouse_url()
    with psycopg.connect(
        host=url.host, port=url.port, dbname=database or url.database, user=login, password=PASSWORD, autocommit=True
    ) as connection:
        yield Seat(connection)
