"""Schools' Quality Improvement Plans: what each school has set itself, and the money it means to put behind it."""

from models.landing.contract import SHARE, col, contract, date_col, int_col, money_col, text_col

school_target = contract(
    "plans_school_target",
    "One row per school, indicator and year of a target: where the plan starts from, and where it wants to be.",
    text_col("school_id", "The school.", required=True),
    text_col("indicator", "The indicator, as the seed indicator names it.", required=True),
    int_col(
        "school_year",
        "Calendar year in which the school year ends by which the target is to be reached.",
        required=True,
        minimum=1990,
        maximum=2100,
    ),
    int_col(
        "baseline_year",
        "Calendar year in which the school year of the baseline ends.",
        required=True,
        minimum=1990,
        maximum=2100,
    ),
    col("baseline", SHARE, "The figure that the plan starts from, in the indicator's unit.", required=True),
    col("target", SHARE, "The figure that the plan wants, in the indicator's unit.", required=True),
    date_col("posted_on", "Day the plan was approved or last amended."),
    key=("school_id", "indicator", "school_year"),
    posted="posted_on",
    references={"school_id": "sis.school.school_id"},
)

school_priority = contract(
    "plans_school_priority",
    "One row per school, fiscal year, priority of the plan and what it is meant to move: a budget service or function.",
    text_col("school_id", "The school.", required=True),
    int_col(
        "fiscal_year",
        "Calendar year in which the fiscal year ends.",
        required=True,
        minimum=1990,
        maximum=2100,
    ),
    text_col("priority", "The priority, in the plan's words.", required=True),
    text_col("moves_kind", "What the next column names.", required=True, allowed=("service", "function")),
    text_col("moves", "The budget service or function that the money is meant for.", required=True),
    money_col("planned_amount", "Dollars that the plan means to spend on it.", required=True, minimum=0),
    date_col("posted_on", "Day the plan was approved or last amended."),
    key=("school_id", "fiscal_year", "priority", "moves_kind", "moves"),
    posted="posted_on",
    references={"school_id": "sis.school.school_id"},
)
