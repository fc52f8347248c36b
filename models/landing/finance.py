"""Accounts, budgets, transfers, ledger lines and encumbrances, in dollars."""

from models.landing.contract import FTE, col, contract, date_col, int_col, money_col, text_col

ENTRY_KINDS = ("actual", "budget", "encumbrance")

account = contract(
    "finance_account",
    "One row per account of the chart of accounts.",
    text_col("account_code", "The full account code.", required=True),
    text_col("fund", "Fund segment.", required=True),
    text_col("function", "Function segment.", required=True),
    text_col("object", "Object segment.", required=True),
    text_col("program", "Programme segment."),
    text_col("location", "Location segment: a school or an office."),
    text_col("service", "Budget service; the seed budget_service says whether it is unlocked."),
    text_col("title", "Name of the account."),
    key=("account_code",),
)

budget_line = contract(
    "finance_budget_line",
    "One row per account, fiscal year and budget version.",
    text_col("account_code", "The account.", required=True),
    int_col("fiscal_year", "Calendar year in which the fiscal year ends.", required=True),
    text_col("version", "Budget version.", required=True, allowed=("proposed", "adopted", "revised")),
    money_col("amount", "Budgeted dollars.", required=True),
    date_col("posted_on", "Day the version was posted.", required=True),
    key=("account_code", "fiscal_year", "version"),
    posted="posted_on",
    references={"account_code": "finance.account.account_code"},
)

budget_transfer = contract(
    "finance_budget_transfer",
    "One row per account touched by a budget transfer; a transfer's rows add up to zero.",
    text_col("transfer_id", "Identifier of the transfer.", required=True),
    text_col("account_code", "The account.", required=True),
    int_col("fiscal_year", "Calendar year in which the fiscal year ends.", required=True),
    money_col("amount", "Dollars into (positive) or out of (negative) the account.", required=True),
    date_col("posted_on", "Day the transfer was posted.", required=True),
    key=("transfer_id", "account_code"),
    posted="posted_on",
    references={"account_code": "finance.account.account_code"},
)

ledger_line = contract(
    "finance_ledger_line",
    "One row per general-ledger line. Ledgers have no key: identical lines are all kept.",
    text_col("account_code", "The full account code; null where the source only has segments."),
    text_col("ledger", "The set of books, where the source holds several."),
    int_col("fiscal_year", "Calendar year in which the fiscal year ends.", required=True),
    text_col("fund", "Fund segment.", required=True),
    text_col("function", "Function segment."),
    text_col("object", "Object segment."),
    text_col("program", "Programme segment."),
    text_col("location", "Location segment: a school or an office."),
    text_col("entry_kind", "Actual, budget or encumbrance.", required=True, allowed=ENTRY_KINDS),
    money_col("amount", "Dollars: debits positive, credits negative.", required=True),
    date_col("posted_on", "Day the line was posted.", required=True),
    text_col("journal", "Journal or source module."),
    text_col("reference", "The source's reference."),
    key=(),
    posted="posted_on",
    references={"account_code": "finance.account.account_code"},
)

encumbrance = contract(
    "finance_encumbrance",
    "One row per purchase order or other commitment still open.",
    text_col("encumbrance_id", "Identifier of the commitment.", required=True),
    text_col("account_code", "The account.", required=True),
    int_col("fiscal_year", "Calendar year in which the fiscal year ends.", required=True),
    money_col("amount", "Dollars still committed.", required=True),
    date_col("posted_on", "Day it was posted.", required=True),
    key=("encumbrance_id", "account_code"),
    posted="posted_on",
    references={"account_code": "finance.account.account_code"},
)

payroll_line = contract(
    "finance_payroll_line",
    "One row per person, position, account and pay period. Corrections are rows of their own pay run.",
    text_col("staff_id", "The person.", required=True),
    text_col("position_id", "The position; null where the payroll system names none."),
    text_col("account_code", "The account charged.", required=True),
    int_col("fiscal_year", "Calendar year in which the fiscal year ends.", required=True),
    text_col("pay_run", "Identifier of the pay run.", required=True),
    date_col("period_ends_on", "Last day of the pay period.", required=True),
    col("fte", FTE, "Full-time equivalents paid.", minimum=0, maximum=2),
    money_col("amount", "Gross dollars; corrections downwards are negative.", required=True),
    date_col("posted_on", "Day of the pay run.", required=True),
    key=("staff_id", "position_id", "account_code", "pay_run"),
    posted="posted_on",
    event="period_ends_on",
    references={"account_code": "finance.account.account_code", "staff_id": "hr.staff_member.staff_id"},
)

formula_input = contract(
    "finance_formula_input",
    "One row per school, fiscal year and group of the student-funding formula: what the formula counts.",
    text_col("school_id", "The school.", required=True),
    int_col("fiscal_year", "Calendar year in which the fiscal year ends.", required=True),
    text_col("student_group", "Grade (KG, 01 to 12) or need (el, low_income, swd and its levels).", required=True),
    col("projected_students", FTE, "Projected enrolment of the group.", required=True, minimum=0, maximum=2000000),
    date_col("posted_on", "Day the source posted the row."),
    key=("school_id", "fiscal_year", "student_group"),
    posted="posted_on",
    references={"school_id": "sis.school.school_id"},
)

school_allocation = contract(
    "finance_school_allocation",
    "One row per school, fiscal year and formula line: what the district allocated.",
    text_col("school_id", "The school.", required=True),
    int_col("fiscal_year", "Calendar year in which the fiscal year ends.", required=True),
    text_col(
        "line",
        "Line of the formula: foundation, base, grade, a need group, hold_harmless, transition.",
        required=True,
    ),
    money_col("amount", "Dollars allocated by the line.", required=True),
    date_col("posted_on", "Day the source posted the row."),
    key=("school_id", "fiscal_year", "line"),
    posted="posted_on",
    references={"school_id": "sis.school.school_id"},
)
