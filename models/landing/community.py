"""Families on their way into the district."""

from models.landing.contract import contract, date_col, text_col

registration = contract(
    "community_registration",
    "One row per application for a place at a school, with the day of each step.",
    text_col("application_id", "Identifier of the application.", required=True),
    text_col("student_id", "The student, once there is a record of one."),
    text_col("school_id", "The school applied for, then the school of the placement."),
    text_col("grade", "Grade applied for: PK, KG, 01 to 12.", required=True),
    text_col("home_language", "Language spoken at home, ISO 639-1 where the source has it."),
    text_col("program", "Programme asked for or needed, as the source says."),
    date_col("submitted_on", "The family applied.", required=True),
    date_col("completed_on", "The last document came in."),
    date_col("placed_on", "A seat was found."),
    date_col("notified_on", "The family was told."),
    date_col("enrolled_on", "The family accepted, and the student was enrolled."),
    date_col("withdrawn_on", "The family withdrew."),
    date_col("posted_on", "Day the source posted the row."),
    key=("application_id",),
    posted="posted_on",
    event="submitted_on",
    lag_days=1,
    references={"student_id": "sis.student.student_id", "school_id": "sis.school.school_id"},
)
