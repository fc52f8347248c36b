"""Counts and rates that a state publishes by school: no persons."""

from models.landing.contract import FTE, SHARE, col, contract, int_col, text_col
from models.landing.hr import JOB_GROUPS

RACE_GROUPS = (
    "hispanic",
    "two_or_more",
    "american_indian",
    "asian",
    "black",
    "pacific_islander",
    "white",
    "other",
    "unknown",
)

staff_fte = contract(
    "state_staff_fte",
    "One row per school, school year, job group and race group: full-time equivalents.",
    text_col("school_id", "The school.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    text_col("job_group", "Job group.", required=True, allowed=("all_staff", *JOB_GROUPS)),
    text_col(
        "race_group",
        "Race group, or `total` for the total that the state itself published, which its groups may miss by rounding.",
        required=True,
        allowed=(*RACE_GROUPS, "total"),
    ),
    col("fte", FTE, "Full-time equivalents.", required=True, minimum=0, maximum=100000),
    key=("school_id", "school_year", "job_group", "race_group"),
)

enrollment_count = contract(
    "state_enrollment_count",
    "One row per school, school year and grade: students.",
    text_col("school_id", "The school.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    text_col("grade", "Grade: PK, KG, 01 to 12, SP, or total.", required=True),
    int_col("students", "Students.", required=True, minimum=0, maximum=2000000),
    key=("school_id", "school_year", "grade"),
)

student_race_share = contract(
    "state_student_race_share",
    "One row per school, school year and race group: share of students.",
    text_col("school_id", "The school.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    text_col("race_group", "Race group.", required=True, allowed=RACE_GROUPS),
    col("share", SHARE, "Share of students, 0 to 1.", required=True, minimum=0, maximum=1),
    key=("school_id", "school_year", "race_group"),
)

school_attendance = contract(
    "state_school_attendance",
    "One row per school and school year: attendance as the state published it.",
    text_col("school_id", "The school.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    col("attendance_share", SHARE, "Average share of days attended, 0 to 1.", minimum=0, maximum=1),
    col(
        "chronic_absence_share",
        SHARE,
        "Share of students absent 10 % or more of their days.",
        minimum=0,
        maximum=1,
    ),
    key=("school_id", "school_year"),
)

benchmark_rate = contract(
    "state_benchmark_rate",
    "One row per indicator, school year and group: the rate that the state published for all its districts.",
    text_col("indicator", "The indicator's name, as chronic_absence or proficiency_math.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    text_col("subgroup_kind", "All, race or program.", required=True, allowed=("all", "race", "program")),
    text_col("subgroup", "The group; all_students for everyone.", required=True),
    col("rate", SHARE, "The rate, 0 to 1.", required=True, minimum=0, maximum=1),
    int_col("students", "Students behind it.", minimum=0, maximum=20000000),
    key=("indicator", "school_year", "subgroup_kind", "subgroup"),
)
