"""Programmes that students take part in, and where extended learning time (ELT) has seats."""

from models.landing.contract import POINTS, bool_col, col, contract, date_col, int_col, text_col
from models.lists import PLACES, STEPS

participation = contract(
    "programs_participation",
    "One row per spell of a student in a programme.",
    text_col("student_id", "The student.", required=True),
    text_col(
        "program",
        "The programme.",
        required=True,
        allowed=("el", "swd", "low_income", "homeless", "foster", "gifted"),
    ),
    date_col("begins_on", "First day.", required=True),
    date_col("ends_on", "Last day; null while it lasts."),
    text_col("level", "Level of service or of language, as the source says."),
    date_col("posted_on", "Day the source posted the row."),
    key=("student_id", "program", "begins_on"),
    posted="posted_on",
    event="begins_on",
    lag_days=1,
    references={"student_id": "sis.student.student_id"},
)

elt_site = contract(
    "programs_elt_site",
    "One row per school, ELT term and programme: how many students the site can take.",
    text_col("school_id", "The school.", required=True),
    text_col("elt_term", "The ELT term.", required=True),
    text_col("program", "The ELT programme.", required=True),
    text_col("stream", "Intervention or enrichment.", required=True, allowed=("intervention", "enrichment")),
    int_col("capacity", "The most students that the site can take.", required=True, minimum=0, maximum=10000),
    date_col("starts_on", "First session.", required=True),
    date_col("ends_on", "Last session.", required=True),
    key=("school_id", "elt_term", "program"),
    references={"school_id": "sis.school.school_id"},
)

elt_request = contract(
    "programs_elt_request",
    "One row per student, ELT term and programme: who was recommended or asked, and what became of it.",
    text_col("request_id", "Identifier of the request.", required=True),
    text_col("student_id", "The student.", required=True),
    text_col("school_id", "The site.", required=True),
    text_col("elt_term", "The ELT term.", required=True),
    text_col("program", "The ELT programme.", required=True),
    text_col("stream", "Intervention or enrichment.", required=True, allowed=("intervention", "enrichment")),
    text_col("origin", "Who asked.", required=True, allowed=("family", "student", "school", "screening")),
    col("screening_score", POINTS, "Score of the district's own screening, where that decided."),
    date_col("requested_on", "Day of the request or of the screening.", required=True),
    text_col("decision", "What the site decided.", allowed=("offered", "waitlisted", "declined_by_site", "ineligible")),
    date_col("decided_on", "Day of the decision."),
    text_col("answer", "What the family answered.", allowed=("accepted", "declined")),
    date_col("answered_on", "Day of the answer."),
    date_col("posted_on", "Day the source posted the row."),
    key=("request_id",),
    posted="posted_on",
    event="requested_on",
    lag_days=1,
    references={"student_id": "sis.student.student_id", "school_id": "sis.school.school_id"},
)

elt_session = contract(
    "programs_elt_session",
    "One row per session that a site held.",
    text_col("school_id", "The site.", required=True),
    text_col("elt_term", "The ELT term.", required=True),
    text_col("program", "The ELT programme.", required=True),
    date_col("on_date", "The day.", required=True),
    int_col("minutes", "Length.", required=True, minimum=1, maximum=600),
    date_col("posted_on", "Day the source posted the row."),
    key=("school_id", "elt_term", "program", "on_date"),
    posted="posted_on",
    event="on_date",
    lag_days=1,
    references={"school_id": "sis.school.school_id"},
)

elt_attendance = contract(
    "programs_elt_attendance",
    "One row per student and session: whether the student came.",
    text_col("student_id", "The student.", required=True),
    text_col("school_id", "The site.", required=True),
    text_col("elt_term", "The ELT term.", required=True),
    text_col("program", "The ELT programme.", required=True),
    date_col("on_date", "The day.", required=True),
    bool_col("is_present", "Whether the student came.", required=True),
    date_col("posted_on", "Day the source posted the row."),
    key=("student_id", "school_id", "elt_term", "program", "on_date"),
    posted="posted_on",
    event="on_date",
    lag_days=1,
    references={"student_id": "sis.student.student_id", "school_id": "sis.school.school_id"},
)

elt_decision = contract(
    "programs_elt_decision",
    "One row per step that people decided about a student of a list: what the desk knows, as a source like others.",
    text_col("decision_id", "Number of the decision; steps of a student follow each other by it.", required=True),
    text_col("version", "The list that was decided on.", required=True),
    text_col("student_id", "The student.", required=True),
    text_col("school_id", "The site.", required=True),
    text_col("elt_term", "The ELT term.", required=True),
    text_col("program", "The ELT programme.", required=True),
    text_col("place", "Where the list had the student; null for one who was not on it.", allowed=PLACES),
    text_col("step", "What was decided.", required=True, allowed=STEPS),
    date_col("decided_on", "Day of the decision.", required=True),
    date_col("undone_on", "Day on which it was taken back; null while it stands."),
    key=("decision_id",),
    posted="decided_on",
    event="decided_on",
    references={"student_id": "sis.student.student_id", "school_id": "sis.school.school_id"},
)
