"""Programmes that students take part in, and where extended learning time (ELT) has seats."""

from models.landing.contract import contract, date_col, int_col, text_col

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
)
