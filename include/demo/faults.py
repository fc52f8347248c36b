"""What goes wrong with each feed: a catalogue, by the columns of the clean files.

Every fault is planted in a row of its own beside the good row that it copies, or writes a good row in
another way that says the same. So the figures of a spoiled district are those of the clean one, but for
the rows of STRANGERS.
"""

from dataclasses import dataclass, field
from typing import Literal

# A copy of a good row, after it or before it, with something wrong; or the good row itself.
Place = Literal["after", "before", "restyled"]
Outcome = Literal["refused", "unchanged", "landed"]


@dataclass(frozen=True)
class Fault:
    """One way in which a row goes wrong.

    column: the source's column at fault, None where the whole row is; contract: the landing column that it
    feeds. value: what the cell says instead; `{}` stands for what it said before. reason: words of the
    landing's refusal. place: where the row stands. fresh: columns that get an identifier of their own, so
    that the row's key is nobody else's. encoding: of the line, where not the file's.
    surplus: a cell beyond the last column.
    """

    kind: str
    column: str | None = None
    contract: str | None = None
    value: str | None = None
    reason: str | None = None
    outcome: Outcome = "refused"
    place: Place = "after"
    fresh: tuple[str, ...] = ()
    others: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    surplus: str | None = None


def cell(kind: str, column: str, contract: str, value: str | None, reason: str) -> Fault:
    """A copy of a good row with one cell that its contract column cannot take."""
    return Fault(kind, column, contract, value, reason)


def duplicate() -> Fault:
    """The very same row again, which changes nothing."""
    return Fault("duplicate", outcome="unchanged")


def conflict(column: str, value: str) -> Fault:
    """The same key with another value; the later row of the file is the one that counts."""
    return Fault("conflicting duplicate", column, None, value, "with other values", place="before")


def orphan(column: str, *fresh: str) -> Fault:
    """A row about somebody who is on no roster: a number with a digit too many. It lands."""
    return Fault("orphan", column, None, "9{}", outcome="landed", fresh=fresh)


def second_number(column: str, *fresh: str, **others: str) -> Fault:
    """A row under a student's second number, from a registration that was made twice. It lands."""
    return Fault("second number", column, None, "8{}", outcome="landed", fresh=fresh, others=others)


def restyled(kind: str, column: str, value: str) -> Fault:
    """A good row whose cell says the same in another way: a date in another layout."""
    return Fault(kind, column, None, value, outcome="landed", place="restyled")


NO_DATE = "is not a date written"
NO_NUMBER = "is not a number"
NO_CODE = "is a code without a meaning"
TOO_MANY = Fault("too many cells", reason="columns where the header has", surplus="see note")
HEADER = Fault("repeated header", reason="repeats the header")

# Rows under a number that no roster knows land, and these marts keep every row that landed.
STRANGERS = {
    "sis.attendance_event": ("fct_attendance_version",),
    "sis.attendance_daily": ("fct_attendance_version",),
    "sis.course_grade": ("fct_course_grade", "fct_course_grade_version"),
    "sis.discipline_action": ("fct_discipline", "fct_discipline_version"),
    "programs.elt_request": ("fct_elt_request",),
    "programs.participation": ("brg_program_version",),
    "sis.student": ("dim_student",),
}
WHY_STRANGERS = {
    "orphan": "A row about nobody. It lands, is kept with its versions, and counts in no figure.",
    "second number": "One person under two numbers. Nothing resolves them yet: the second number is one more row of "
    "dim_student, and what it alone carries counts for nobody.",
}
# Keys of snapshots stay readable, save where no row ever leaves the file: a row that cannot be told from
# any other keeps the landing from ending the rows that have disappeared.
FAULTS: dict[str, tuple[Fault, ...]] = {
    "sis.student": (
        Fault("latin-1", "givenName", None, "Zoë", "is not utf-8 in column givenName", encoding="latin-1"),
        second_number("sourcedId", "username", enabledUser="false"),
    ),
    "sis.section_enrollment": (
        duplicate(),
        orphan("userSourcedId", "sourcedId"),
        cell("date", "beginDate", "begins_on", "2025-02-30", NO_DATE),
    ),
    "sis.school_enrollment": (
        duplicate(),
        conflict("Entry Code", "R9"),
        cell("wrong code", "Grade Level", "grade", "K5", NO_CODE),
        cell("date", "Exit Date", "exited_on", "00/00/0000", NO_DATE),
    ),
    "sis.calendar_day": (duplicate(), cell("wrong code", "Day Type", "is_instructional", "X", NO_CODE)),
    "sis.attendance_submission": (duplicate(), HEADER, cell("date", "ATT_DATE", "on_date", "20251341", NO_DATE)),
    "sis.attendance_event": (
        duplicate(),
        conflict("Att Code", "AE?"),
        orphan("Student Number"),
        second_number("Student Number"),
        cell("date", "Att Date", "on_date", "02/30/2025", NO_DATE),
        cell("missing", "Student Number", "student_id", None, "is missing"),
    ),
    "sis.attendance_daily": (
        duplicate(),
        orphan("Student Number"),
        cell("date layout", "Att Date", "on_date", "2025-02-03", NO_DATE),
    ),
    "sis.school_autonomy": (cell("wrong code", "Autonomy", "autonomy", "LUNCH", NO_CODE),),
    "community.registration": (
        duplicate(),
        conflict("Home Language", "zz"),
        cell("date", "Completed", "completed_on", "pending", NO_DATE),
    ),
    "sis.course_grade": (
        duplicate(),
        conflict("Mark", "Z"),
        orphan("Student"),
        TOO_MANY,
        cell("negative", "Percent", "points", "-5.0", "is below 0"),
        cell("huge", "Percent", "points", "1000.0", "is above 110"),
    ),
    "sis.maple_result": (duplicate(), cell("word", "ScaleScore", "scale_score", "ABS", NO_NUMBER)),
    "sis.state_result": (conflict("ACHIEVEMENT_LEVEL", "Pending"),
                         cell("huge", "SCALED_SCORE", "scale_score", "9999999", "is too large for")),
    "sis.discipline_action": (
        restyled("date layout", "Incident Date", "%Y-%m-%d"),
        restyled("date layout", "Incident Date", "%Y%m%d"),
        cell("date layout", "Incident Date", "on_date", "31.01.2025", NO_DATE),
        orphan("Student", "Incident"),
        cell("negative", "Days", "days", "-2", "is below 0"),
        cell("huge", "Days", "days", "999", "is above 365"),
    ),
    "programs.participation": (
        duplicate(),
        orphan("STUDENT_NO"),
        cell("date", "END", "ends_on", "20251341", NO_DATE),
    ),
    "programs.elt_site": (cell("negative", "Capacity", "capacity", "-20", "is below 0"),),
    "programs.elt_request": (
        duplicate(),
        conflict("Screening Score", "0.1"),
        orphan("Student", "Request"),
        second_number("Student", "Request"),
        cell("date", "Requested", "requested_on", "last week", NO_DATE),
        cell("wrong code", "Origin", "origin", "teacher", "is not one of"),
        cell("huge", "Screening Score", "screening_score", "9999999", "is too large for"),
    ),
    "programs.elt_session": (
        duplicate(),
        conflict("Minutes", "45"),
        cell("huge", "Minutes", "minutes", "9000", "is above 600"),
    ),
    "programs.elt_attendance": (
        duplicate(),
        orphan("Student"),
        cell("wrong code", "Present", "is_present", "?", NO_CODE),
        cell("missing", "Student", "student_id", None, "is missing"),
    ),
    "state.benchmark_rate": (
        duplicate(),
        cell("huge", "Rate", "rate", "122.0", "is above 1"),
        cell("word", "Rate", "rate", "n<10", NO_NUMBER),
    ),
    "hr.staff_member": (
        cell("wrong code", "Race", "race", "X", NO_CODE),
        Fault("utf-8", "First Name", None, "Zoë", "with other values", place="before", encoding="utf-8"),
    ),
    "hr.position": (cell("huge", "Budgeted FTE", "budgeted_fte", "10", "is above 2"),),
    "hr.staff_assignment": (
        duplicate(),
        cell("wrong code", "Job Group", "job_group", "TEACHER", NO_CODE),
        cell("negative", "FTE", "fte", "-1.00", "is below 0"),
    ),
    "hr.separation": (cell("wrong code", "Reason", "reason", "???", NO_CODE),),
    "hr.leave": (duplicate(), cell("date", "To", "ends_on", "unknown", NO_DATE)),
    "hr.requisition": (conflict("Location", "9999"), cell("date", "Date Posted", "posted_on", "TBD", NO_DATE)),
    "hr.application": (duplicate(), cell("date", "Screened", "screened_on", "2025-02-30", NO_DATE)),
    "finance.account": (conflict("Description", "(do not use)"),),
    "finance.budget_line": (
        duplicate(),
        cell("huge", "Amount", "amount", "9,999,999,999,999.00", "is too large for"),
    ),
    "finance.budget_transfer": (cell("word", "Amount", "amount", "see memo", NO_NUMBER),),
    "finance.payroll_line": (
        duplicate(),
        conflict("Gross", "0.01"),
        cell("huge", "FTE", "fte", "80", "is above 2"),
        cell("word", "Gross", "amount", "N/A", NO_NUMBER),
    ),
    "finance.formula_input": (duplicate(), cell("negative", "Projected", "projected_students", "-4", "is below 0")),
    "finance.school_allocation": (cell("word", "Amount", "amount", "#REF!", NO_NUMBER),),
    "finance.ledger_line": (
        Fault("negative", "Credit", value="", outcome="landed", place="restyled", others={"Debit": "-{}"}),
        cell("word", "Debit", "amount", "#VALUE!", NO_NUMBER),
        cell("huge", "Debit", "amount", "8,250,000,000,000.00", "is too large for"),
    ),
}  # fmt: skip

# The source renamed these columns at the start of the year in which the export is made.
RENAMED = {"sis.course_grade": {"Percent": "Pct", "Stored": "Date Stored"}}


@dataclass(frozen=True)
class Resent:
    """A file that comes once more under another name.

    how: the same bytes; the same rows up to a last one that is `cut` in the middle; or an `older` state,
    in which `column` of some rows says `value` and `posted` (written as `style`) was two weeks earlier.
    """

    how: Literal["same", "cut", "older"]
    posted: str = ""
    style: str = ""
    column: str = ""
    value: str = ""

    @property
    def kind(self) -> str:
        """The name of the fault."""
        return f"file sent again: {self.how}"


RESENT = {
    "sis.maple_result": Resent("same"),
    "sis.attendance_submission": Resent("cut"),
    "sis.course_grade": Resent("older", "Stored", "%m/%d/%Y", "Mark", "INC"),
}
