"""every table"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "finance_account",
        sa.Column("account_code", sa.Text(), nullable=False, comment="The full account code."),
        sa.Column("fund", sa.Text(), nullable=False, comment="Fund segment."),
        sa.Column("function", sa.Text(), nullable=False, comment="Function segment."),
        sa.Column("object", sa.Text(), nullable=False, comment="Object segment."),
        sa.Column("program", sa.Text(), nullable=True, comment="Programme segment."),
        sa.Column("location", sa.Text(), nullable=True, comment="Location segment: a school or an office."),
        sa.Column(
            "service",
            sa.Text(),
            nullable=True,
            comment="Budget service; the seed budget_service says whether it is unlocked.",
        ),
        sa.Column("title", sa.Text(), nullable=True, comment="Name of the account."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per account of the chart of accounts.",
    )
    op.create_index(
        "ux_finance_account_current",
        "finance_account",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "finance_budget_line",
        sa.Column("account_code", sa.Text(), nullable=False, comment="The account."),
        sa.Column("fiscal_year", sa.Integer(), nullable=False, comment="Calendar year in which the fiscal year ends."),
        sa.Column("version", sa.Text(), nullable=False, comment="Budget version."),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False, comment="Budgeted dollars."),
        sa.Column("posted_on", sa.Date(), nullable=False, comment="Day the version was posted."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per account, fiscal year and budget version.",
    )
    op.create_index(
        "ux_finance_budget_line_current",
        "finance_budget_line",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "finance_budget_transfer",
        sa.Column("transfer_id", sa.Text(), nullable=False, comment="Identifier of the transfer."),
        sa.Column("account_code", sa.Text(), nullable=False, comment="The account."),
        sa.Column("fiscal_year", sa.Integer(), nullable=False, comment="Calendar year in which the fiscal year ends."),
        sa.Column(
            "amount",
            sa.Numeric(precision=14, scale=2),
            nullable=False,
            comment="Dollars into (positive) or out of (negative) the account.",
        ),
        sa.Column("posted_on", sa.Date(), nullable=False, comment="Day the transfer was posted."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per account touched by a budget transfer; a transfer's rows add up to zero.",
    )
    op.create_index(
        "ux_finance_budget_transfer_current",
        "finance_budget_transfer",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "finance_encumbrance",
        sa.Column("encumbrance_id", sa.Text(), nullable=False, comment="Identifier of the commitment."),
        sa.Column("account_code", sa.Text(), nullable=False, comment="The account."),
        sa.Column("fiscal_year", sa.Integer(), nullable=False, comment="Calendar year in which the fiscal year ends."),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False, comment="Dollars still committed."),
        sa.Column("posted_on", sa.Date(), nullable=False, comment="Day it was posted."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per purchase order or other commitment still open.",
    )
    op.create_index(
        "ux_finance_encumbrance_current",
        "finance_encumbrance",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "finance_ledger_line",
        sa.Column(
            "account_code",
            sa.Text(),
            nullable=True,
            comment="The full account code; null where the source only has segments.",
        ),
        sa.Column("ledger", sa.Text(), nullable=True, comment="The set of books, where the source holds several."),
        sa.Column("fiscal_year", sa.Integer(), nullable=False, comment="Calendar year in which the fiscal year ends."),
        sa.Column("fund", sa.Text(), nullable=False, comment="Fund segment."),
        sa.Column("function", sa.Text(), nullable=True, comment="Function segment."),
        sa.Column("object", sa.Text(), nullable=True, comment="Object segment."),
        sa.Column("program", sa.Text(), nullable=True, comment="Programme segment."),
        sa.Column("location", sa.Text(), nullable=True, comment="Location segment: a school or an office."),
        sa.Column("entry_kind", sa.Text(), nullable=False, comment="Actual, budget or encumbrance."),
        sa.Column(
            "amount",
            sa.Numeric(precision=14, scale=2),
            nullable=False,
            comment="Dollars: debits positive, credits negative.",
        ),
        sa.Column("posted_on", sa.Date(), nullable=False, comment="Day the line was posted."),
        sa.Column("journal", sa.Text(), nullable=True, comment="Journal or source module."),
        sa.Column("reference", sa.Text(), nullable=True, comment="The source's reference."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per general-ledger line. Ledgers have no key: identical lines are all kept.",
    )
    op.create_index(
        "ux_finance_ledger_line_current",
        "finance_ledger_line",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "hr_application",
        sa.Column("application_id", sa.Text(), nullable=False, comment="Identifier of the application."),
        sa.Column("requisition_id", sa.Text(), nullable=False, comment="The requisition."),
        sa.Column("applicant_id", sa.Text(), nullable=False, comment="The applicant."),
        sa.Column(
            "is_hispanic", sa.Boolean(), nullable=True, comment="Hispanic or Latino of any race; null where not stated."
        ),
        sa.Column("race", sa.Text(), nullable=True, comment="Race; null where not stated."),
        sa.Column("applied_on", sa.Date(), nullable=False, comment="Applied."),
        sa.Column("screened_on", sa.Date(), nullable=True, comment="Passed the screening."),
        sa.Column("interviewed_on", sa.Date(), nullable=True, comment="Interviewed."),
        sa.Column("offered_on", sa.Date(), nullable=True, comment="Offered the job."),
        sa.Column("accepted_on", sa.Date(), nullable=True, comment="Accepted."),
        sa.Column("started_on", sa.Date(), nullable=True, comment="Started."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per application, with the day each stage was reached.",
    )
    op.create_index(
        "ux_hr_application_current",
        "hr_application",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "hr_position",
        sa.Column("position_id", sa.Text(), nullable=False, comment="Identifier of the position."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="School or office that holds it."),
        sa.Column("job_group", sa.Text(), nullable=False, comment="Job group."),
        sa.Column("title", sa.Text(), nullable=True, comment="Title."),
        sa.Column(
            "budgeted_fte",
            sa.Numeric(precision=9, scale=2),
            nullable=False,
            comment="Full-time equivalents in the budget.",
        ),
        sa.Column("account_code", sa.Text(), nullable=True, comment="Account that pays for it."),
        sa.Column("opened_on", sa.Date(), nullable=False, comment="First day of the position."),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="Last day of the position; null while it lasts."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per budgeted position.",
    )
    op.create_index(
        "ux_hr_position_current",
        "hr_position",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "hr_requisition",
        sa.Column("requisition_id", sa.Text(), nullable=False, comment="Identifier of the requisition."),
        sa.Column("position_id", sa.Text(), nullable=True, comment="Position to fill."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="School or office."),
        sa.Column("job_group", sa.Text(), nullable=False, comment="Job group."),
        sa.Column("posted_on", sa.Date(), nullable=False, comment="Day it was advertised."),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="Day it was filled or withdrawn; null while open."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per request to fill a position.",
    )
    op.create_index(
        "ux_hr_requisition_current",
        "hr_requisition",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "hr_staff_assignment",
        sa.Column("staff_id", sa.Text(), nullable=False, comment="The person."),
        sa.Column("position_id", sa.Text(), nullable=False, comment="The position."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="School or office where the work is done."),
        sa.Column("job_group", sa.Text(), nullable=False, comment="Job group."),
        sa.Column("fte", sa.Numeric(precision=9, scale=2), nullable=False, comment="Full-time equivalents."),
        sa.Column("begins_on", sa.Date(), nullable=False, comment="First day."),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="Last day; null while it lasts."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per spell of a person in a position.",
    )
    op.create_index(
        "ux_hr_staff_assignment_current",
        "hr_staff_assignment",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "hr_staff_member",
        sa.Column("staff_id", sa.Text(), nullable=False, comment="The HR system's identifier of the person."),
        sa.Column("given_name", sa.Text(), nullable=True, comment="Given name."),
        sa.Column("family_name", sa.Text(), nullable=True, comment="Family name."),
        sa.Column(
            "is_hispanic", sa.Boolean(), nullable=True, comment="Hispanic or Latino of any race; null where not stated."
        ),
        sa.Column("race", sa.Text(), nullable=True, comment="Race; null where not stated."),
        sa.Column("hired_on", sa.Date(), nullable=True, comment="First day of employment."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per member of staff.",
    )
    op.create_index(
        "ux_hr_staff_member_current",
        "hr_staff_member",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "programs_elt_site",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("elt_term", sa.Text(), nullable=False, comment="The ELT term."),
        sa.Column("program", sa.Text(), nullable=False, comment="The ELT programme."),
        sa.Column("stream", sa.Text(), nullable=False, comment="Intervention or enrichment."),
        sa.Column("capacity", sa.Integer(), nullable=False, comment="The most students that the site can take."),
        sa.Column("starts_on", sa.Date(), nullable=False, comment="First session."),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="Last session."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school, ELT term and programme: how many students the site can take.",
    )
    op.create_index(
        "ux_programs_elt_site_current",
        "programs_elt_site",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "programs_participation",
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("program", sa.Text(), nullable=False, comment="The programme."),
        sa.Column("begins_on", sa.Date(), nullable=False, comment="First day."),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="Last day; null while it lasts."),
        sa.Column("level", sa.Text(), nullable=True, comment="Level of service or of language, as the source says."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per spell of a student in a programme.",
    )
    op.create_index(
        "ux_programs_participation_current",
        "programs_participation",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_assessment_result",
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("assessment", sa.Text(), nullable=False, comment="The assessment's code."),
        sa.Column("subject", sa.Text(), nullable=False, comment="The subject's code."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column(
            "administration", sa.Text(), nullable=False, comment="Fall, winter, spring, or the source's own name."
        ),
        sa.Column("administered_on", sa.Date(), nullable=True, comment="Day it was taken."),
        sa.Column("school_id", sa.Text(), nullable=True, comment="School at the time."),
        sa.Column("district_id", sa.Text(), nullable=True, comment="District at the time, where a file holds several."),
        sa.Column("grade", sa.Text(), nullable=True, comment="Grade at the time: PK, KG, 01 to 12."),
        sa.Column(
            "scale_score",
            sa.Numeric(precision=9, scale=3),
            nullable=True,
            comment="Scale score; null where the student was not tested.",
        ),
        sa.Column(
            "level",
            sa.Text(),
            nullable=True,
            comment="The source's own achievement level; the seed achievement_level maps it.",
        ),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the result was posted."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per student, assessment, subject and administration.",
    )
    op.create_index(
        "ux_sis_assessment_result_current",
        "sis_assessment_result",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_attendance_event",
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school that took attendance."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="The day."),
        sa.Column(
            "code",
            sa.Text(),
            nullable=False,
            comment="The source's own attendance code; the seed attendance_code maps it.",
        ),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per student and day: every day, or only exceptions, as the feed in district.yml says.",
    )
    op.create_index(
        "ux_sis_attendance_event_current",
        "sis_attendance_event",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_attendance_submission",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="The day."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the submission was made."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school and day for which the school submitted attendance.",
    )
    op.create_index(
        "ux_sis_attendance_submission_current",
        "sis_attendance_submission",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_calendar_day",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="The day."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column("is_instructional", sa.Boolean(), nullable=False, comment="Whether instruction was scheduled."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school and scheduled day.",
    )
    op.create_index(
        "ux_sis_calendar_day_current",
        "sis_calendar_day",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_course",
        sa.Column("course_id", sa.Text(), nullable=False, comment="Identifier of the course."),
        sa.Column("title", sa.Text(), nullable=True, comment="Name of the course."),
        sa.Column("subject", sa.Text(), nullable=True, comment="Subject."),
        sa.Column("is_core", sa.Boolean(), nullable=True, comment="Whether the course counts as a core course."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per course.",
    )
    op.create_index(
        "ux_sis_course_current",
        "sis_course",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_course_grade",
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("course_id", sa.Text(), nullable=False, comment="The course."),
        sa.Column("term_id", sa.Text(), nullable=False, comment="The marking period."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column("mark", sa.Text(), nullable=False, comment="The mark as the source writes it."),
        sa.Column(
            "points", sa.Numeric(precision=9, scale=3), nullable=True, comment="The mark on the source's number scale."
        ),
        sa.Column("posted_on", sa.Date(), nullable=False, comment="Day the mark was posted."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per student, course and marking period.",
    )
    op.create_index(
        "ux_sis_course_grade_current",
        "sis_course_grade",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_discipline_action",
        sa.Column("action_id", sa.Text(), nullable=False, comment="Identifier of the action."),
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("on_date", sa.Date(), nullable=False, comment="The day."),
        sa.Column("code", sa.Text(), nullable=False, comment="The source's own code of the action."),
        sa.Column("days", sa.Numeric(precision=9, scale=3), nullable=True, comment="Days out of class."),
        sa.Column(
            "is_discretionary", sa.Boolean(), nullable=True, comment="Whether staff could have chosen otherwise."
        ),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per disciplinary action taken against a student.",
    )
    op.create_index(
        "ux_sis_discipline_action_current",
        "sis_discipline_action",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_school",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The district's identifier of the school."),
        sa.Column("name", sa.Text(), nullable=False, comment="The school's name."),
        sa.Column("level", sa.Text(), nullable=True, comment="Elementary, middle, high, K-8 or other."),
        sa.Column("network_id", sa.Text(), nullable=True, comment="The network that the school belongs to."),
        sa.Column("grades", sa.Text(), nullable=True, comment="Grades offered, comma separated."),
        sa.Column("kind", sa.Text(), nullable=True, comment="Public, charter, and the like, as the source says."),
        sa.Column("town", sa.Text(), nullable=True, comment="Town."),
        sa.Column("opened_on", sa.Date(), nullable=True, comment="First day the school existed."),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="Last day the school existed."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school.",
    )
    op.create_index(
        "ux_sis_school_current",
        "sis_school",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_school_enrollment",
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("entered_on", sa.Date(), nullable=False, comment="First day of the spell."),
        sa.Column("exited_on", sa.Date(), nullable=True, comment="Last day of the spell; null while it lasts."),
        sa.Column("grade", sa.Text(), nullable=False, comment="Grade during the spell."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column("entry_code", sa.Text(), nullable=True, comment="Why the spell began."),
        sa.Column("exit_code", sa.Text(), nullable=True, comment="Why the spell ended."),
        sa.Column("posted_on", sa.Date(), nullable=True, comment="Day the source posted the row."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per spell of a student in a school.",
    )
    op.create_index(
        "ux_sis_school_enrollment_current",
        "sis_school_enrollment",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_section",
        sa.Column("section_id", sa.Text(), nullable=False, comment="Identifier of the section."),
        sa.Column("school_id", sa.Text(), nullable=False, comment="School that holds it."),
        sa.Column("course_id", sa.Text(), nullable=True, comment="Course taught."),
        sa.Column("title", sa.Text(), nullable=True, comment="Name of the section."),
        sa.Column("kind", sa.Text(), nullable=True, comment="Homeroom or scheduled."),
        sa.Column("grade", sa.Text(), nullable=True, comment="Grade."),
        sa.Column("term_ids", sa.Text(), nullable=True, comment="Terms in which it meets, comma separated."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per class section, homerooms included.",
    )
    op.create_index(
        "ux_sis_section_current",
        "sis_section",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_section_enrollment",
        sa.Column("enrollment_id", sa.Text(), nullable=False, comment="Identifier of the row."),
        sa.Column("section_id", sa.Text(), nullable=False, comment="The section."),
        sa.Column("school_id", sa.Text(), nullable=True, comment="The school."),
        sa.Column("person_id", sa.Text(), nullable=False, comment="The student or member of staff."),
        sa.Column("role", sa.Text(), nullable=False, comment="Role in the section."),
        sa.Column("begins_on", sa.Date(), nullable=True, comment="First day in the section."),
        sa.Column("ends_on", sa.Date(), nullable=True, comment="Last day in the section."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per person in a section.",
    )
    op.create_index(
        "ux_sis_section_enrollment_current",
        "sis_section_enrollment",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_student",
        sa.Column("student_id", sa.Text(), nullable=False, comment="The district's identifier of the student."),
        sa.Column("given_name", sa.Text(), nullable=True, comment="Given name."),
        sa.Column("family_name", sa.Text(), nullable=True, comment="Family name."),
        sa.Column("grade", sa.Text(), nullable=True, comment="Current grade: PK, KG, 01 to 12."),
        sa.Column("primary_school_id", sa.Text(), nullable=True, comment="School that owns the student's record."),
        sa.Column(
            "home_language",
            sa.Text(),
            nullable=True,
            comment="Language spoken at home, ISO 639-1 where the source has it.",
        ),
        sa.Column("is_enabled", sa.Boolean(), nullable=True, comment="Whether the source still shows the student."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per student.",
    )
    op.create_index(
        "ux_sis_student_current",
        "sis_student",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_student_demographic",
        sa.Column("student_id", sa.Text(), nullable=False, comment="The student."),
        sa.Column(
            "school_year",
            sa.Integer(),
            nullable=True,
            comment="Year that the row is for; null where it holds until changed.",
        ),
        sa.Column("birth_on", sa.Date(), nullable=True, comment="Date of birth."),
        sa.Column("sex", sa.Text(), nullable=True, comment="Sex as reported."),
        sa.Column("is_hispanic", sa.Boolean(), nullable=True, comment="Hispanic or Latino of any race."),
        sa.Column("is_american_indian", sa.Boolean(), nullable=True, comment="American Indian or Alaska Native."),
        sa.Column("is_asian", sa.Boolean(), nullable=True, comment="Asian."),
        sa.Column("is_black", sa.Boolean(), nullable=True, comment="Black or African American."),
        sa.Column(
            "is_pacific_islander", sa.Boolean(), nullable=True, comment="Native Hawaiian or other Pacific Islander."
        ),
        sa.Column("is_white", sa.Boolean(), nullable=True, comment="White."),
        sa.Column(
            "is_two_or_more",
            sa.Boolean(),
            nullable=True,
            comment="Two or more races, where the source reports only that.",
        ),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per student, and per school year where the source reports demographics by year.",
    )
    op.create_index(
        "ux_sis_student_demographic_current",
        "sis_student_demographic",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "sis_term",
        sa.Column("term_id", sa.Text(), nullable=False, comment="Identifier of the term."),
        sa.Column("title", sa.Text(), nullable=True, comment="Name of the term."),
        sa.Column("kind", sa.Text(), nullable=False, comment="Kind of term."),
        sa.Column("starts_on", sa.Date(), nullable=False, comment="First day."),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="Last day."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column("parent_term_id", sa.Text(), nullable=True, comment="The term that this one is part of."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school year, semester or marking period.",
    )
    op.create_index(
        "ux_sis_term_current",
        "sis_term",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "state_enrollment_count",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column("grade", sa.Text(), nullable=False, comment="Grade: PK, KG, 01 to 12, SP, or total."),
        sa.Column("students", sa.Integer(), nullable=False, comment="Students."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school, school year and grade: students.",
    )
    op.create_index(
        "ux_state_enrollment_count_current",
        "state_enrollment_count",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "state_school_attendance",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column(
            "attendance_share",
            sa.Numeric(precision=9, scale=6),
            nullable=True,
            comment="Average share of days attended, 0 to 1.",
        ),
        sa.Column(
            "chronic_absence_share",
            sa.Numeric(precision=9, scale=6),
            nullable=True,
            comment="Share of students absent 10 % or more of their days.",
        ),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school and school year: attendance as the state published it.",
    )
    op.create_index(
        "ux_state_school_attendance_current",
        "state_school_attendance",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "state_staff_fte",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column("job_group", sa.Text(), nullable=False, comment="Job group."),
        sa.Column(
            "race_group",
            sa.Text(),
            nullable=False,
            comment="Race group, or `total` for the total that the state itself published, which its groups may miss by rounding.",
        ),
        sa.Column("fte", sa.Numeric(precision=9, scale=2), nullable=False, comment="Full-time equivalents."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school, school year, job group and race group: full-time equivalents.",
    )
    op.create_index(
        "ux_state_staff_fte_current",
        "state_staff_fte",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "state_student_race_share",
        sa.Column("school_id", sa.Text(), nullable=False, comment="The school."),
        sa.Column("school_year", sa.Integer(), nullable=False, comment="Calendar year in which the school year ends."),
        sa.Column("race_group", sa.Text(), nullable=False, comment="Race group."),
        sa.Column("share", sa.Numeric(precision=9, scale=6), nullable=False, comment="Share of students, 0 to 1."),
        sa.Column("_version_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("_feed", sa.Text(), nullable=False, comment="The feed in district.yml that brought the row."),
        sa.Column("_key", sa.UUID(), nullable=False, comment="md5 of the key columns."),
        sa.Column("_hash", sa.UUID(), nullable=False, comment="md5 of every contract column and _extra."),
        sa.Column("_load_id", sa.BigInteger(), nullable=False, comment="ops.load that brought this version."),
        sa.Column("_line", sa.Integer(), nullable=False, comment="Line of the source file, header included."),
        sa.Column(
            "_extra",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="Source columns that nobody mapped.",
        ),
        sa.Column("_known_on", sa.Date(), nullable=False, comment="The day this version became known."),
        sa.Column(
            "_superseded_on",
            sa.Date(),
            nullable=True,
            comment="The day a newer version, or the row's absence, became known; null while current.",
        ),
        sa.PrimaryKeyConstraint("_version_id"),
        schema="landing",
        comment="One row per school, school year and race group: share of students.",
    )
    op.create_index(
        "ux_state_student_race_share_current",
        "state_student_race_share",
        ["_feed", "_key"],
        unique=True,
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.create_table(
        "dbt_build",
        sa.Column("build_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_success", sa.Boolean(), nullable=False),
        sa.Column("models", sa.Integer(), nullable=False),
        sa.Column("tests", sa.Integer(), nullable=False),
        sa.Column("tests_failed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("build_id"),
        schema="ops",
        comment="One row per build of the marts.",
    )
    op.create_table(
        "district",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        schema="ops",
        comment="The one district whose data this warehouse holds.",
    )
    op.create_table(
        "feed_failure",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "as_of"),
        schema="ops",
        comment="Feeds that could not be taken in, until they are.",
    )
    op.create_table(
        "load",
        sa.Column("load_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("mapping_md5", sa.Text(), nullable=False, comment="Hash of the feed's configuration."),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("landed", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=False, comment="Versions ended because the row disappeared."),
        sa.Column("filtered", sa.BigInteger(), nullable=False, comment="Rows outside the feed's `where`, not read."),
        sa.Column("is_history", sa.Boolean(), nullable=False, comment="The first load of the feed."),
        sa.Column("unmapped_columns", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('landed', 'already_loaded')", name="known_status"),
        sa.CheckConstraint("rows_read = landed + unchanged + quarantined", name="nothing_is_lost"),
        sa.PrimaryKeyConstraint("load_id"),
        schema="ops",
        comment="One row per feed and file offered. Every row of the file is landed, unchanged or quarantined.",
    )
    op.create_index("ix_load_feed", "load", ["feed", "load_id"], unique=False, schema="ops")
    op.create_table(
        "source_file",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
        schema="ops",
        comment="Every file that was ever loaded, by the hash of its bytes.",
    )
    op.create_table(
        "dbt_result",
        sa.Column("build_id", sa.BigInteger(), nullable=False),
        sa.Column("unique_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Numeric(precision=10, scale=3), nullable=False),
        sa.Column("rows_affected", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["build_id"],
            ["ops.dbt_build.build_id"],
        ),
        sa.PrimaryKeyConstraint("build_id", "unique_id"),
        schema="ops",
        comment="What became of each model, test and seed of a build.",
    )
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("load_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column(
            "column_name",
            sa.Text(),
            nullable=True,
            comment="The first source column at fault; null where it is the whole row.",
        ),
        sa.Column("value", sa.Text(), nullable=True, comment="What stood there."),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "problems",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Every problem of the row: column, value, reason.",
        ),
        sa.Column(
            "raw",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The row's text by source column, as it was read.",
        ),
        sa.ForeignKeyConstraint(
            ["load_id"],
            ["ops.load.load_id"],
        ),
        sa.PrimaryKeyConstraint("quarantine_id"),
        schema="ops",
        comment="Rows that a contract refused, kept whole with the reason.",
    )
    op.create_index(op.f("ix_ops_quarantine_load_id"), "quarantine", ["load_id"], unique=False, schema="ops")
    op.create_table(
        "source_file_part",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="Up to 8 MiB of the file, deflated."),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["ops.source_file.sha256"],
        ),
        sa.PrimaryKeyConstraint("sha256", "part"),
        schema="ops",
        comment="The bytes of a kept file, in order.",
    )
    op.create_table(
        "drift_check",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("check", sa.Text(), nullable=False),
        sa.Column("feature", sa.Text(), nullable=False, comment="Feature, feed, group or school; '' for the whole."),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.CheckConstraint("layer in ('feed', 'features', 'score', 'groups')", name="known_layer"),
        sa.CheckConstraint("verdict in ('pass', 'warn', 'hold', 'block', 'no_reference')", name="known_verdict"),
        sa.PrimaryKeyConstraint("as_of", "layer", "check", "feature"),
        schema="ml",
        comment="One row per drift check of an as-of date.",
    )
    op.create_table(
        "feature_row",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("school_year", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("grade_number", sa.Double(), nullable=True, comment="Grade as a number: PK -1, KG 0, 01 to 12."),
        sa.Column("enrolled_days", sa.Double(), nullable=True, comment="Enrolled days of the year so far."),
        sa.Column(
            "absent_share_20",
            sa.Double(),
            nullable=True,
            comment="Absent days over enrolled days, last 20 instructional days. Suspensions left out.",
        ),
        sa.Column(
            "absent_share_45", sa.Double(), nullable=True, comment="The same over the last 45 instructional days."
        ),
        sa.Column("absent_share_year", sa.Double(), nullable=True, comment="The same over the year so far."),
        sa.Column("absent_share_change", sa.Double(), nullable=True, comment="absent_share_20 less absent_share_year."),
        sa.Column(
            "unexcused_share_year",
            sa.Double(),
            nullable=True,
            comment="Unexcused absent days over enrolled days, year so far.",
        ),
        sa.Column(
            "tardy_share_20",
            sa.Double(),
            nullable=True,
            comment="Tardy days over enrolled days, last 20 instructional days.",
        ),
        sa.Column("tardy_share_year", sa.Double(), nullable=True, comment="The same over the year so far."),
        sa.Column(
            "core_failing", sa.Double(), nullable=True, comment="Core courses failing in the latest marking period."
        ),
        sa.Column(
            "core_low",
            sa.Double(),
            nullable=True,
            comment="Core courses with a mark of D or below in the latest marking period.",
        ),
        sa.Column(
            "core_low_change", sa.Double(), nullable=True, comment="core_low less that of the marking period before."
        ),
        sa.Column(
            "core_points",
            sa.Double(),
            nullable=True,
            comment="Mean points of core courses in the latest marking period.",
        ),
        sa.Column(
            "core_points_change",
            sa.Double(),
            nullable=True,
            comment="core_points less that of the marking period before.",
        ),
        sa.Column(
            "course_load", sa.Double(), nullable=True, comment="Courses with a mark in the latest marking period."
        ),
        sa.Column(
            "score_z",
            sa.Double(),
            nullable=True,
            comment="Mean standard score of the latest assessment, over subjects.",
        ),
        sa.Column(
            "math_z", sa.Double(), nullable=True, comment="Standard score of the latest assessment in mathematics."
        ),
        sa.Column(
            "reading_z", sa.Double(), nullable=True, comment="Standard score of the latest assessment in reading."
        ),
        sa.Column(
            "score_z_change", sa.Double(), nullable=True, comment="score_z less that of the administration before."
        ),
        sa.Column(
            "cut_margin",
            sa.Double(),
            nullable=True,
            comment="Least distance above the cut over subjects, in standard deviations, latest assessment.",
        ),
        sa.Column("below_cut", sa.Double(), nullable=True, comment="Subjects below the cut in the latest assessment."),
        sa.Column(
            "below_cut_before",
            sa.Double(),
            nullable=True,
            comment="Subjects below the cut in the administration before.",
        ),
        sa.Column(
            "schools_two_years", sa.Double(), nullable=True, comment="Schools attended in this year and the last."
        ),
        sa.Column(
            "is_retained", sa.Double(), nullable=True, comment="1 where the grade is the one of the year before."
        ),
        sa.Column("is_el", sa.Double(), nullable=True, comment="1 where an English-learner programme covers the date."),
        sa.Column("is_swd", sa.Double(), nullable=True, comment="1 where special education covers the date."),
        sa.Column(
            "prior_absent_share",
            sa.Double(),
            nullable=True,
            comment="Absent days over enrolled days, whole year before.",
        ),
        sa.Column(
            "prior_core_failing",
            sa.Double(),
            nullable=True,
            comment="Core courses failed at any marking period of the year before.",
        ),
        sa.Column(
            "mandatory_actions",
            sa.Double(),
            nullable=True,
            comment="Disciplinary actions of the year that staff could not choose.",
        ),
        sa.Column(
            "discretionary_actions",
            sa.Double(),
            nullable=True,
            comment="Discretionary actions of the year; null unless the district configured their use.",
        ),
        sa.Column(
            "days_20", sa.Double(), nullable=True, comment="Enrolled days within the last 20 instructional days."
        ),
        sa.Column("absent_20", sa.Double(), nullable=True, comment="Absent days within them."),
        sa.Column(
            "days_45", sa.Double(), nullable=True, comment="Enrolled days within the last 45 instructional days."
        ),
        sa.Column("absent_45", sa.Double(), nullable=True, comment="Absent days within them."),
        sa.Column("absent_year", sa.Double(), nullable=True, comment="Absent days of the year so far."),
        sa.Column("tardy_20", sa.Double(), nullable=True, comment="Tardy days within the last 20 instructional days."),
        sa.Column(
            "core_low_before",
            sa.Double(),
            nullable=True,
            comment="Core courses with D or below in the marking period before.",
        ),
        sa.Column(
            "subjects_tested", sa.Double(), nullable=True, comment="Subjects of the latest assessment with a score."
        ),
        sa.PrimaryKeyConstraint("as_of", "student_id"),
        schema="ml",
        comment="One row per student and as-of date: only facts known before that date.",
    )
    op.create_table(
        "model",
        sa.Column("model_id", sa.Text(), nullable=False, comment="As-of date and hash of code, data and experiment."),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("elt_term", sa.Text(), nullable=False),
        sa.Column("code_sha256", sa.Text(), nullable=False),
        sa.Column("data_sha256", sa.Text(), nullable=False),
        sa.Column("artifact_sha256", sa.Text(), nullable=False),
        sa.Column("artifact", sa.LargeBinary(), nullable=False),
        sa.Column("shipped", sa.Text(), nullable=False, comment="What ranks the students: the model or the rule."),
        sa.Column("algorithm", sa.Text(), nullable=False, comment="hist_gradient_boosting, logistic or abc_rule."),
        sa.Column("first_as_of", sa.Date(), nullable=True, comment="First as-of date of the training rows."),
        sa.Column("last_as_of", sa.Date(), nullable=True, comment="Last as-of date of the training rows."),
        sa.Column("features", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "outcomes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Outcome, weight, labelled rows and share by year.",
        ),
        sa.Column("metrics", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("groups", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "limits",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What a reader must know before trusting it.",
        ),
        sa.Column(
            "experiment",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="The experiment as it was run.",
        ),
        sa.Column(
            "needs_review",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Group gaps that send the list to a person.",
        ),
        sa.Column("approver", sa.Text(), nullable=True, comment="Who approved it; null until somebody did."),
        sa.Column("card_path", sa.Text(), nullable=False, comment="The model card, below the reports folder."),
        sa.Column("card", sa.Text(), nullable=False, comment="The model card's HTML."),
        sa.CheckConstraint("shipped in ('model', 'rule')", name="known_shipped"),
        sa.PrimaryKeyConstraint("model_id"),
        schema="ml",
        comment="The registry: one row per training.",
    )
    op.create_table(
        "evaluation",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("test_year", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False, comment="A baseline or a model."),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("subset", sa.Text(), nullable=False, comment="all, or a kind and group such as race:black."),
        sa.Column("value", sa.Double(), nullable=True, comment="Null where status is not ok."),
        sa.Column("low", sa.Double(), nullable=True, comment="Lower end of the 95 % interval."),
        sa.Column("high", sa.Double(), nullable=True, comment="Upper end of the 95 % interval."),
        sa.Column("n", sa.Integer(), nullable=False, comment="Students behind the figure."),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("status in ('ok', 'insufficient')", name="known_status"),
        sa.ForeignKeyConstraint(["model_id"], ["ml.model.model_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("model_id", "test_year", "method", "metric", "subset"),
        schema="ml",
        comment="Every figure of the evaluation on a later year, at the real seats.",
    )
    op.create_table(
        "release_decision",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("failing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False, comment="Hash of everything that was compared."),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("report_path", sa.Text(), nullable=False),
        sa.Column(
            "released_by",
            sa.Text(),
            nullable=True,
            comment="'gate' when every check passed, a person after a hold, or null.",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why a person released a held list."),
        sa.CheckConstraint("verdict in ('pass', 'hold', 'block')", name="known_verdict"),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["ml.model.model_id"],
        ),
        sa.PrimaryKeyConstraint("as_of"),
        schema="ml",
        comment="Whether the list of an as-of date may be released.",
    )
    op.create_table(
        "score",
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("elt_term", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "risk",
            sa.Numeric(precision=7, scale=6),
            nullable=False,
            comment="Calibrated chance of an outcome after the as-of date.",
        ),
        sa.Column("priority", sa.Double(), nullable=False, comment="What the list is ranked by."),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False, comment="model, rule, or rule:<why not the model>."),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("status in ('scored', 'insufficient_history', 'no_outcome_in_grade')", name="known_status"),
        sa.CheckConstraint("risk between 0 and 1", name="risk_is_a_share"),
        sa.ForeignKeyConstraint(
            ["model_id"],
            ["ml.model.model_id"],
        ),
        sa.PrimaryKeyConstraint("as_of", "elt_term", "student_id"),
        schema="ml",
        comment="One row per student of the cohort: scored + rule-based = cohort, by school.",
    )
    op.create_index("ix_score_school", "score", ["as_of", "school_id"], unique=False, schema="ml")
    op.create_table(
        "elt_list",
        sa.Column("version", sa.Text(), nullable=False, comment="Term, programme, as-of date and content hash."),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("elt_term", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "needs_review",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="Group gaps a person must judge first.",
        ),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False, comment="ml.model that scored the students."),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False, comment="Seed of the tie-break hash."),
        sa.Column(
            "superseded_by", sa.Text(), nullable=True, comment="The version that took its place; null while current."
        ),
        sa.CheckConstraint("status in ('proposed', 'review_required', 'stale')", name="known_status"),
        sa.PrimaryKeyConstraint("version"),
        schema="lists",
        comment="One row per version of a list.",
    )
    op.create_index(
        "ux_elt_list_current",
        "elt_list",
        ["elt_term", "program"],
        unique=True,
        schema="lists",
        postgresql_where=sa.text("superseded_by is null"),
    )
    op.create_table(
        "elt_list_entry",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False, comment="Place within the school, from 1."),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("risk", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("tie_break", sa.Text(), nullable=False, comment="Seeded hash that orders equal priorities."),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("place in ('seat', 'nomination', 'waitlist')", name="known_place"),
        sa.CheckConstraint("status in ('proposed')", name="known_status"),
        sa.ForeignKeyConstraint(
            ["version"],
            ["lists.elt_list.version"],
        ),
        sa.PrimaryKeyConstraint("version", "student_id"),
        schema="lists",
        comment="Students of a list as the score froze them. People's decisions are added beside, never over it.",
    )
    op.create_index(
        "ux_elt_list_entry_rank", "elt_list_entry", ["version", "school_id", "rank"], unique=True, schema="lists"
    )
    op.create_table(
        "elt_list_school",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("cohort", sa.Integer(), nullable=False),
        sa.Column(
            "capacity", sa.Integer(), nullable=True, comment="The site's capacity; null where no site limits it."
        ),
        sa.Column("risk_sum", sa.Double(), nullable=False, comment="Sum of calibrated risk that shared the seats out."),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("seat_entries", sa.Integer(), nullable=False, comment="Students proposed for a seat."),
        sa.Column(
            "open_nomination_seats", sa.Integer(), nullable=False, comment="Seats kept for people's nominations."
        ),
        sa.Column("waitlist_entries", sa.Integer(), nullable=False),
        sa.CheckConstraint("seat_entries + open_nomination_seats = seats", name="every_seat_accounted_for"),
        sa.ForeignKeyConstraint(
            ["version"],
            ["lists.elt_list.version"],
        ),
        sa.PrimaryKeyConstraint("version", "school_id"),
        schema="lists",
        comment="Seats of each school: students proposed + seats kept for nominations = seats.",
    )


def downgrade() -> None:

    op.drop_table("elt_list_school", schema="lists")
    op.drop_index("ux_elt_list_entry_rank", table_name="elt_list_entry", schema="lists")
    op.drop_table("elt_list_entry", schema="lists")
    op.drop_index(
        "ux_elt_list_current", table_name="elt_list", schema="lists", postgresql_where=sa.text("superseded_by is null")
    )
    op.drop_table("elt_list", schema="lists")
    op.drop_index("ix_score_school", table_name="score", schema="ml")
    op.drop_table("score", schema="ml")
    op.drop_table("release_decision", schema="ml")
    op.drop_table("evaluation", schema="ml")
    op.drop_table("model", schema="ml")
    op.drop_table("feature_row", schema="ml")
    op.drop_table("drift_check", schema="ml")
    op.drop_table("source_file_part", schema="ops")
    op.drop_index(op.f("ix_ops_quarantine_load_id"), table_name="quarantine", schema="ops")
    op.drop_table("quarantine", schema="ops")
    op.drop_table("dbt_result", schema="ops")
    op.drop_table("source_file", schema="ops")
    op.drop_index("ix_load_feed", table_name="load", schema="ops")
    op.drop_table("load", schema="ops")
    op.drop_table("feed_failure", schema="ops")
    op.drop_table("district", schema="ops")
    op.drop_table("dbt_build", schema="ops")
    op.drop_index(
        "ux_state_student_race_share_current",
        table_name="state_student_race_share",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("state_student_race_share", schema="landing")
    op.drop_index(
        "ux_state_staff_fte_current",
        table_name="state_staff_fte",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("state_staff_fte", schema="landing")
    op.drop_index(
        "ux_state_school_attendance_current",
        table_name="state_school_attendance",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("state_school_attendance", schema="landing")
    op.drop_index(
        "ux_state_enrollment_count_current",
        table_name="state_enrollment_count",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("state_enrollment_count", schema="landing")
    op.drop_index(
        "ux_sis_term_current",
        table_name="sis_term",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_term", schema="landing")
    op.drop_index(
        "ux_sis_student_demographic_current",
        table_name="sis_student_demographic",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_student_demographic", schema="landing")
    op.drop_index(
        "ux_sis_student_current",
        table_name="sis_student",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_student", schema="landing")
    op.drop_index(
        "ux_sis_section_enrollment_current",
        table_name="sis_section_enrollment",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_section_enrollment", schema="landing")
    op.drop_index(
        "ux_sis_section_current",
        table_name="sis_section",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_section", schema="landing")
    op.drop_index(
        "ux_sis_school_enrollment_current",
        table_name="sis_school_enrollment",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_school_enrollment", schema="landing")
    op.drop_index(
        "ux_sis_school_current",
        table_name="sis_school",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_school", schema="landing")
    op.drop_index(
        "ux_sis_discipline_action_current",
        table_name="sis_discipline_action",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_discipline_action", schema="landing")
    op.drop_index(
        "ux_sis_course_grade_current",
        table_name="sis_course_grade",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_course_grade", schema="landing")
    op.drop_index(
        "ux_sis_course_current",
        table_name="sis_course",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_course", schema="landing")
    op.drop_index(
        "ux_sis_calendar_day_current",
        table_name="sis_calendar_day",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_calendar_day", schema="landing")
    op.drop_index(
        "ux_sis_attendance_submission_current",
        table_name="sis_attendance_submission",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_attendance_submission", schema="landing")
    op.drop_index(
        "ux_sis_attendance_event_current",
        table_name="sis_attendance_event",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_attendance_event", schema="landing")
    op.drop_index(
        "ux_sis_assessment_result_current",
        table_name="sis_assessment_result",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("sis_assessment_result", schema="landing")
    op.drop_index(
        "ux_programs_participation_current",
        table_name="programs_participation",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("programs_participation", schema="landing")
    op.drop_index(
        "ux_programs_elt_site_current",
        table_name="programs_elt_site",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("programs_elt_site", schema="landing")
    op.drop_index(
        "ux_hr_staff_member_current",
        table_name="hr_staff_member",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("hr_staff_member", schema="landing")
    op.drop_index(
        "ux_hr_staff_assignment_current",
        table_name="hr_staff_assignment",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("hr_staff_assignment", schema="landing")
    op.drop_index(
        "ux_hr_requisition_current",
        table_name="hr_requisition",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("hr_requisition", schema="landing")
    op.drop_index(
        "ux_hr_position_current",
        table_name="hr_position",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("hr_position", schema="landing")
    op.drop_index(
        "ux_hr_application_current",
        table_name="hr_application",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("hr_application", schema="landing")
    op.drop_index(
        "ux_finance_ledger_line_current",
        table_name="finance_ledger_line",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("finance_ledger_line", schema="landing")
    op.drop_index(
        "ux_finance_encumbrance_current",
        table_name="finance_encumbrance",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("finance_encumbrance", schema="landing")
    op.drop_index(
        "ux_finance_budget_transfer_current",
        table_name="finance_budget_transfer",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("finance_budget_transfer", schema="landing")
    op.drop_index(
        "ux_finance_budget_line_current",
        table_name="finance_budget_line",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("finance_budget_line", schema="landing")
    op.drop_index(
        "ux_finance_account_current",
        table_name="finance_account",
        schema="landing",
        postgresql_where=sa.text("_superseded_on is null"),
    )
    op.drop_table("finance_account", schema="landing")
