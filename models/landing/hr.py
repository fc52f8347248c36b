"""Staff, positions and hiring."""

from models.landing.contract import FTE, bool_col, col, contract, date_col, text_col

RACES = (
    "american_indian",
    "asian",
    "black",
    "pacific_islander",
    "white",
    "two_or_more",
)
JOB_GROUPS = (
    "district_leader",
    "school_leader",
    "teacher",
    "student_support",
    "related_services",
    "paraprofessional",
    "health",
    "administrative_support",
    "operations",
)

staff_member = contract(
    "hr_staff_member",
    "One row per member of staff.",
    text_col("staff_id", "The HR system's identifier of the person.", required=True),
    text_col("given_name", "Given name."),
    text_col("family_name", "Family name."),
    bool_col("is_hispanic", "Hispanic or Latino of any race; null where not stated."),
    text_col("race", "Race; null where not stated.", allowed=RACES),
    date_col("hired_on", "First day of employment."),
    key=("staff_id",),
)

position = contract(
    "hr_position",
    "One row per budgeted position.",
    text_col("position_id", "Identifier of the position.", required=True),
    text_col("school_id", "School or office that holds it.", required=True),
    text_col("job_group", "Job group.", required=True, allowed=JOB_GROUPS),
    text_col("title", "Title."),
    col("budgeted_fte", FTE, "Full-time equivalents in the budget.", required=True, minimum=0, maximum=2),
    text_col("account_code", "Account that pays for it."),
    date_col("opened_on", "First day of the position.", required=True),
    date_col("closed_on", "Last day of the position; null while it lasts."),
    key=("position_id",),
)

staff_assignment = contract(
    "hr_staff_assignment",
    "One row per spell of a person in a position.",
    text_col("staff_id", "The person.", required=True),
    text_col("position_id", "The position.", required=True),
    text_col("school_id", "School or office where the work is done.", required=True),
    text_col("job_group", "Job group.", required=True, allowed=JOB_GROUPS),
    col("fte", FTE, "Full-time equivalents.", required=True, minimum=0, maximum=2),
    date_col("begins_on", "First day.", required=True),
    date_col("ends_on", "Last day; null while it lasts."),
    date_col("posted_on", "Day the source posted the row."),
    key=("staff_id", "position_id", "begins_on"),
    posted="posted_on",
    event="begins_on",
    lag_days=1,
    references={"staff_id": "hr.staff_member.staff_id", "position_id": "hr.position.position_id"},
)

requisition = contract(
    "hr_requisition",
    "One row per request to fill a position.",
    text_col("requisition_id", "Identifier of the requisition.", required=True),
    text_col("position_id", "Position to fill."),
    text_col("school_id", "School or office.", required=True),
    text_col("job_group", "Job group.", required=True, allowed=JOB_GROUPS),
    date_col("posted_on", "Day it was advertised.", required=True),
    date_col("closed_on", "Day it was filled or withdrawn; null while open."),
    key=("requisition_id",),
    event="posted_on",
    references={"position_id": "hr.position.position_id"},
)

application = contract(
    "hr_application",
    "One row per application, with the day each stage was reached.",
    text_col("application_id", "Identifier of the application.", required=True),
    text_col("requisition_id", "The requisition.", required=True),
    text_col("applicant_id", "The applicant.", required=True),
    bool_col("is_hispanic", "Hispanic or Latino of any race; null where not stated."),
    text_col("race", "Race; null where not stated.", allowed=RACES),
    date_col("applied_on", "Applied.", required=True),
    date_col("screened_on", "Passed the screening."),
    date_col("interviewed_on", "Interviewed."),
    date_col("offered_on", "Offered the job."),
    date_col("accepted_on", "Accepted."),
    date_col("started_on", "Started."),
    key=("application_id",),
    event="applied_on",
    references={"requisition_id": "hr.requisition.requisition_id"},
)

separation = contract(
    "hr_separation",
    "One row per end of an employment.",
    text_col("staff_id", "The person.", required=True),
    date_col("separated_on", "Last day of employment.", required=True),
    text_col(
        "reason",
        "Why it ended.",
        required=True,
        allowed=("resignation", "retirement", "dismissal", "layoff", "end_of_contract", "death", "other"),
    ),
    date_col("posted_on", "Day the source posted the row."),
    key=("staff_id", "separated_on"),
    posted="posted_on",
    event="separated_on",
    lag_days=1,
    references={"staff_id": "hr.staff_member.staff_id"},
)

leave = contract(
    "hr_leave",
    "One row per leave of absence of a week or more.",
    text_col("staff_id", "The person.", required=True),
    date_col("begins_on", "First day.", required=True),
    date_col("ends_on", "Last day; null while it lasts."),
    text_col(
        "kind", "Kind of leave.", required=True, allowed=("medical", "family", "military", "unpaid", "sabbatical")
    ),
    date_col("posted_on", "Day the source posted the row."),
    key=("staff_id", "begins_on"),
    posted="posted_on",
    event="begins_on",
    lag_days=1,
    references={"staff_id": "hr.staff_member.staff_id"},
)
