"""Who signs on as whom, and who is given a role beyond what their job gives them."""

from models.landing.contract import contract, date_col, text_col

login = contract(
    "access_login",
    "One row per login of a person: whose it is.",
    text_col("login", "The name that the person signs on to the warehouse with.", required=True),
    text_col("staff_id", "The HR system's identifier of the person.", required=True),
    key=("login",),
    references={"staff_id": "hr.staff_member.staff_id"},
)

assignment = contract(
    "access_assignment",
    "One row per login, role and school: a role that somebody was given for a time.",
    text_col("login", "The name that the person signs on to the warehouse with.", required=True),
    text_col("role", "The role, as docs/access.md names it; one that is not known gives nothing.", required=True),
    text_col("school_id", "The school, for a role that sees its own schools only; null for the others."),
    date_col("begins_on", "First day.", required=True),
    date_col("ends_on", "Last day; null while it lasts."),
    date_col("posted_on", "Day the source posted the row."),
    key=("login", "role", "school_id", "begins_on"),
    posted="posted_on",
    event="begins_on",
    references={"school_id": "sis.school.school_id"},
)
